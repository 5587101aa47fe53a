/** Cases in which nobody answers: a silent peer, an address that nobody has, no route. Measured on Linux 6.18 between two hosts. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Process } from '../../src/host/index.ts'
import { Network } from '../../src/network/index.ts'
import { AF_INET, SHUT_WR, SO_ERROR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from '../../src/socket/index.ts'
import { errnoName } from '../../src/wire/errno.ts'
import { TcpFlag } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'

const nets: Network[] = []
const scene = (packets: 'records' | 'bytes' = 'records') => {
  const net = new Network({ seed: 4, packets })
  nets.push(net)
  const a = net.host('a', { address: '10.0.0.1/24' })
  const b = net.host('b', { address: '10.0.0.2/24' })
  net.link(a, b)
  return { net, a, b, p: a.process('client') }
}
afterEach(async () => {
  for (const one of nets.splice(0)) await one.close()
})

/** A blocking connect: how it ends and after how many seconds. */
const connect = async (net: Network, p: Process, address: string): Promise<[result: string, seconds: number]> => {
  const from = net.now
  const result = await p.promises.connectResult(p.socket(AF_INET, SOCK_STREAM), { address, port: 80 })
  return [result < 0 ? errnoName(result) : String(result), (net.now - from) / 1e9]
}

describe.each(['records', 'bytes'] as const)('%s', (packets) => {
  test('LX-connect-13 ARP unanswered: EHOSTUNREACH when the neighbour has failed, after three seconds', async () => {
    const { net, a, p } = scene(packets)
    const [result, seconds] = await connect(net, p, '10.0.0.9')
    expect(result).toBe('EHOSTUNREACH')
    // Three questions a second apart; the 3.1 s measured have Linux's coarse timers in them.
    expect(seconds).toBeGreaterThanOrEqual(3)
    expect(seconds).toBeLessThan(3.1)
    expect(a.ip.neighbours()).toMatchObject([{ state: 'FAILED', mac: null }])
    // The neighbour's failure, and each SYN that waited for it.
    expect(a.ctx.telemetry.counts[Reason.NeighbourFailed]).toBe(4)
    // A second attempt asks again.
    expect(await connect(net, p, '10.0.0.9')).toEqual(['EHOSTUNREACH', seconds])
  })

  test('LX-connect-13b a non-blocking socket has the error; UDP is not told of a soft one', async () => {
    const { net, p } = scene(packets)
    const c = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    p.connect(c, { address: '10.0.0.9', port: 80 })
    const u = p.socket(AF_INET, 2 | SOCK_NONBLOCK)
    p.connect(u, { address: '10.0.0.8', port: 53 })
    expect(p.send(u, new Uint8Array(3))).toBe(3)
    await net.runFor('2.9s')
    expect(p.getsockopt(c, SOL_SOCKET, SO_ERROR)).toBe(0)
    await net.runFor('0.2s')
    expect(p.getsockopt(c, SOL_SOCKET, SO_ERROR)).toBe(113)
    expect(errnoName(p.recv(u, new Uint8Array(9)))).toBe('EAGAIN')
  })

  test('LX-connect-14 no route: ENETUNREACH at once', async () => {
    const { net, p } = scene(packets)
    expect(await connect(net, p, '192.168.7.7')).toEqual(['ENETUNREACH', 0])
  })

  test('LX-connect-15 a silent peer: when the SYNs go, and ETIMEDOUT', async () => {
    const { net, a, b, p } = scene(packets)
    await connect(net, p, '10.0.0.2')
    net.partition(a, b)
    const times: number[] = []
    const from = net.now
    a.ip.addHook('output', 0, (packet) => {
      if ((packet.flags & TcpFlag.SYN) !== 0) times.push((net.now - from) / 1e9)
      return packet
    })
    const [result, seconds] = await connect(net, p, '10.0.0.2')
    expect(result).toBe('ETIMEDOUT')
    const measured = [0, 1, 2, 3, 4, 5, 7, 11.4, 19.6, 35.7, 68.7]
    expect(times).toHaveLength(measured.length)
    // Exact deadlines: Linux's timer wheel lets long ones be late by up to an eighth, which is what was measured.
    expect(times.map((t) => Math.round(t * 1000) / 1000)).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67])
    measured.forEach((t, i) => {
      expect(t).toBeGreaterThanOrEqual(times[i] as number)
      expect(t).toBeLessThanOrEqual((times[i] as number) * 1.125)
    })
    expect(seconds).toBeGreaterThan(130)
    expect(seconds).toBeLessThan(134.3)
  })

  test('LX-connect-07 in SYN-SENT: what each call answers, and shutdown leads back to CLOSED', async () => {
    const { net, a, b, p } = scene(packets)
    await connect(net, p, '10.0.0.2')
    net.partition(a, b)
    const c = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    const to = { address: '10.0.0.2', port: 80 }
    const state = (): string => / (0\w) 0/.exec(String(p.readText('/proc/net/tcp')).split('\n')[1] ?? '')?.[1] ?? 'none'
    expect(errnoName(p.connect(c, to))).toBe('EINPROGRESS')
    await net.runFor('10ms')
    expect(state()).toBe('02')
    expect(errnoName(p.connect(c, to))).toBe('EALREADY')
    const poll = { fd: c, events: 0x2007, revents: -1 }
    p.poll([poll])
    expect(poll.revents).toBe(0)
    expect(errnoName(p.send(c, new Uint8Array(1)))).toBe('EAGAIN')
    expect(errnoName(p.recv(c, new Uint8Array(1)))).toBe('EAGAIN')
    expect(p.shutdown(c, SHUT_WR)).toBe(0)
    expect(state()).toBe('none')
    expect(p.listen(c, 1)).toBe(0)
    expect(state()).toBe('0A')
  })
})
