import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { type Offer, script, type World } from '../support/tcp.ts'

const FLAGS = 'FSRPAUEW'

const segment = fc.record({
  flags: fc.subarray([...FLAGS]).map((letters) => letters.join('')),
  seq: fc.oneof(fc.integer({ min: -5, max: 40 }), fc.integer({ min: -80_000, max: 80_000 })),
  ack: fc.oneof(fc.integer({ min: -5, max: 40 }), fc.integer({ min: -80_000, max: 80_000 })),
  win: fc.constantFrom(0, 1, 10, 1000, 65_535),
  data: fc.integer({ min: 0, max: 50 }),
  urg: fc.integer({ min: 0, max: 60 }),
  sack: fc.array(fc.tuple(fc.integer({ min: -10, max: 60 }), fc.integer({ min: -10, max: 60 })), { maxLength: 3 }),
  wait: fc.constantFrom(0, 0, 1, 50, 300, 5000),
  call: fc.constantFrom('none', 'none', 'send', 'oob', 'recv', 'shutdown', 'cork', 'uncork'),
})

type Start =
  | 'established'
  | 'synSent'
  | 'synReceived'
  | 'finWait1'
  | 'finWait2'
  | 'closing'
  | 'closeWait'
  | 'lastAck'
  | 'timeWait'
const STARTS: Start[] = [
  'established',
  'synSent',
  'synReceived',
  'finWait1',
  'finWait2',
  'closing',
  'closeWait',
  'lastAck',
  'timeWait',
]

const act = (world: World, call: string): void => {
  if (world.socket === undefined) return
  if (call === 'send') world.send(100)
  else if (call === 'oob') world.send('!', 1)
  else if (call === 'recv') world.recv(30)
  else if (call === 'shutdown') world.shutdown(1)
  else if (call === 'cork') world.socket.setOption(3, 1)
  else if (call === 'uncork') world.socket.setOption(3, 0)
}

describe('whatever the peer sends', () => {
  script('nothing throws, a reset is never answered, and everything ends', (make) => {
    const offer: fc.Arbitrary<Offer> = fc.record({ sack: fc.boolean(), ts: fc.constant(false) })
    fc.assert(
      fc.property(
        fc.constantFrom(...STARTS),
        offer,
        fc.array(segment, { maxLength: 25 }),
        (start, offered, segments) => {
          const world = make()
          if (start === 'synSent') world.synSent()
          else world[start](offered)
          world.take()
          for (const { wait, call, data, sack, flags, ...rest } of segments) {
            world.inject({ ...rest, flags, data, ...(sack.length > 0 && flags.includes('A') ? { sack } : {}) })
            if (flags.includes('R')) expect(world.take().filter((seen) => seen.flags.includes('R'))).toEqual([])
            world.run(wait)
            act(world, call)
            world.take()
          }
          if (world.socket !== undefined) world.close()
          world.listener?.close()
          world.run(4_000_000)
          expect(world.states()).toEqual([])
          const left: number[] = []
          world.tcp.forEach((endpoint) => {
            left.push(endpoint.state)
          })
          expect(left).toEqual([])
          expect(world.tcp.orphans).toBe(0)
          expect(world.clock.nextDeadline).toBe(Infinity)
          expect(world.tcp.flows.size).toBe(0)
        },
      ),
      { numRuns: 300, seed: 9293 },
    )
  })
})
