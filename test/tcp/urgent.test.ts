import { describe, expect } from 'vitest'
import { Msg, Poll } from '../../src/tcp/index.ts'
import { script } from '../support/tcp.ts'

const byte = (world: { socket: { recv(b: Uint8Array, s: number, e: number, f: number): number } }): number => {
  const one = new Uint8Array(1)
  const count = world.socket.recv(one, 0, 1, Msg.OOB)
  return count === 1 ? (one[0] as number) : count
}

describe('urgent data', () => {
  script(
    '[MUST-30, MUST-62, sock-send-16] sending: URG, and a pointer to the octet after the last urgent one',
    (make) => {
      const world = make().established()
      world.send('!', Msg.OOB)
      world.expect({ flags: 'PAU', seq: 1, urg: 1, data: '!' })
      world.inject({ ack: 2 })
      world.send('abc', Msg.OOB)
      world.expect({ flags: 'PAU', seq: 2, urg: 3, data: 'abc' })
      world.inject({ ack: 5 })
      world.send('normal')
      world.expect({ flags: 'PA' })
    },
  )

  script('[MUST-31] urgent data of any length: every segment before its end points to it', (make) => {
    const world = make().established()
    world.send(4000, Msg.OOB)
    const sent = world.take()
    expect(sent.map((seen) => seen.flags.includes('U'))).toEqual([true, true, true])
    expect(sent.map((seen) => seen.seq + seen.urg)).toEqual([4001, 4001, 4001])
  })

  script(
    '[MUST-32, MUST-33, sock-recv-13, sock-recv-14, sock-recv-16, sock-poll-12] receiving: told at once, read apart, the mark stops reads',
    (make) => {
      const world = make().established()
      world.takeEvents()
      world.inject({ flags: 'PAU', data: 'ab!cd', urg: 3 })
      expect(world.takeEvents() & Poll.PRI).toBe(Poll.PRI)
      expect(world.socket.poll() & (Poll.PRI | Poll.IN)).toBe(Poll.PRI | Poll.IN)
      expect(world.socket.inq).toBe(2)
      expect(world.socket.atMark).toBe(false)
      expect(world.recv()).toBe('ab')
      expect(world.socket.atMark).toBe(true)
      expect(byte(world)).toBe('!'.charCodeAt(0))
      expect(byte(world)).toBe(-22)
      expect(world.recv()).toBe('cd')
      expect(world.socket.atMark).toBe(false)
      expect(world.socket.poll() & Poll.PRI).toBe(0)
    },
  )

  script('[MUST-32] the pointer is told before the urgent byte comes, and when it moves on', (make) => {
    const world = make().established()
    world.inject({ flags: 'PAU', data: 'ab', urg: 5 })
    expect(world.takeEvents() & Poll.PRI).toBe(Poll.PRI)
    expect(byte(world)).toBe(-11)
    world.inject({ flags: 'PAU', data: 'cd', urg: 3 })
    expect(world.takeEvents() & Poll.PRI).toBe(0)
    world.inject({ flags: 'PAU', data: 'e', urg: 1 })
    expect(world.takeEvents() & Poll.PRI).toBe(Poll.PRI)
    expect(byte(world)).toBe('e'.charCodeAt(0))
    world.inject({ flags: 'PAU', data: 'fg', urg: 2 })
    expect(world.takeEvents() & Poll.PRI).toBe(Poll.PRI)
    expect(byte(world)).toBe('g'.charCodeAt(0))
  })

  script(
    '[9293-3.10.7.4-o] once for each continuous sequence of urgent data, in ESTABLISHED and FIN-WAIT only',
    (make) => {
      const world = make().established()
      world.takeEvents()
      let told = 0
      for (let i = 0; i < 5; i++) {
        world.inject({ flags: 'AU', seq: 1, urg: 10 })
        if ((world.takeEvents() & Poll.PRI) !== 0) told++
      }
      expect(told).toBe(1)
      const late = make().closeWait()
      late.takeEvents()
      late.inject({ flags: 'AU', urg: 5 })
      expect(late.takeEvents() & Poll.PRI).toBe(0)
      const half = make().finWait2()
      half.takeEvents()
      half.inject({ flags: 'PAU', data: '!', urg: 1 })
      expect(half.takeEvents() & Poll.PRI).toBe(Poll.PRI)
    },
  )

  script('[sock-recv-15] SO_OOBINLINE: in the stream, and a read still stops before it', (make) => {
    const world = make().established()
    world.socket.oobInline = true
    world.inject({ flags: 'PAU', data: 'ab!cd', urg: 3 })
    expect(byte(world)).toBe(-22)
    expect(world.recv()).toBe('ab')
    expect(world.socket.atMark).toBe(true)
    expect(world.recv()).toBe('!cd')
  })

  script('[sock-poll-12] the urgent byte alone is not readable', (make) => {
    const world = make().established()
    world.inject({ flags: 'PAU', data: '!', urg: 1 })
    expect(world.socket.poll() & Poll.IN).toBe(0)
    expect(world.recv()).toBe(-11)
  })

  script('without urgent data MSG_OOB is EINVAL', (make) => {
    const world = make().established()
    expect(byte(world)).toBe(-22)
  })
})
