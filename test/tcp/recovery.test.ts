import { describe, expect, test } from 'vitest'
import { Tcp, type TcpEndpoint } from '../../src/tcp/index.ts'
import { createRandom } from '../../src/time/random.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { Address } from '../../src/wire/address.ts'
import { pattern, script, type World, type WorldOptions } from '../support/tcp.ts'
import { contextOf, FakeIp, Memory } from '../support/tcp-wire.ts'

const reno: WorldOptions = { sysctl: { congestion_control: 'reno' } }

/** Ten segments in flight. */
const inFlight = (world: World): World => {
  world.send(14_600)
  expect(world.take()).toHaveLength(10)
  return world
}

const at = (n: number): number => 1 + n * 1460

describe('recovery without SACK', () => {
  script(
    '[5681-3.2-c, 5681-3.2-f, 5681-3.2-g, 5681-3.1-g] the third duplicate ACK brings the first segment again; ssthresh is half the flight',
    (make) => {
      const world = inFlight(make(reno).established())
      world.inject({ ack: 1 })
      world.inject({ ack: 1 })
      world.expectNothing()
      world.inject({ ack: 1 })
      world.expect({ seq: 1, len: 1460 })
      world.expectNothing()
      expect(world.socket.info().sndSsthresh).toBe(5)
      expect(world.socket.info().caState).toBe(3)
      expect(world.count('TcpFastRetransmit')).toBe(1)
    },
  )

  script(
    '[5681-3.2-d, 5681-3.2-e, 3042-2-a, 3042-2-b] limited transmit: one new segment on each of the first two duplicates, cwnd unchanged',
    (make) => {
      const world = make(reno).established()
      world.send(40_000)
      expect(world.take()).toHaveLength(10)
      world.inject({ ack: 1 })
      world.expect({ seq: at(10), len: 1460 })
      world.inject({ ack: 1 })
      world.expect({ seq: at(11), len: 1460 })
      world.expectNothing()
      expect(world.socket.info().sndCwnd).toBe(10)
      world.inject({ ack: 1 })
      world.expect({ seq: 1 })
      // Not counted for ssthresh.
      expect(world.socket.info().sndSsthresh).toBe(5)
    },
  )

  script('[6582-3.2.3-b] a partial ACK brings the next hole', (make) => {
    const world = inFlight(make(reno).established())
    for (let i = 0; i < 3; i++) world.inject({ ack: 1 })
    world.expect({ seq: 1 })
    for (let i = 0; i < 4; i++) world.inject({ ack: 1 })
    world.inject({ ack: at(4) })
    world.expect({ seq: at(4), len: 1460 })
    expect(world.socket.info().caState).toBe(3)
  })

  script('[6582-3.2.3-a, 5681-3.2-k, 5681-4.3-a] the full ACK ends recovery with cwnd at ssthresh', (make) => {
    const world = inFlight(make(reno).established())
    for (let i = 0; i < 9; i++) world.inject({ ack: 1 })
    world.take()
    world.send(1000)
    world.take()
    world.inject({ ack: at(10) })
    world.inject({ ack: world.stackNxt })
    expect(world.socket.info().caState).toBe(0)
    expect(world.socket.info().sndCwnd).toBeLessThanOrEqual(5)
    expect(world.socket.info().sndCwnd).toBeGreaterThan(0)
  })

  script('[5681-3.2-j, 5681-3.2-h] further duplicates let new data go when half of the flight has arrived', (make) => {
    const world = make(reno).established()
    world.send(44_000)
    world.take()
    for (let i = 0; i < 3; i++) world.inject({ ack: 1 })
    world.take()
    let sent = 0
    for (let i = 0; i < 8; i++) {
      world.inject({ ack: 1 })
      sent += world.take().length
    }
    expect(sent).toBeGreaterThanOrEqual(2)
    expect(sent).toBeLessThanOrEqual(6)
  })

  script('[6582-3.2.2, 6582-3.2.1] duplicates of what was resent after a time-out start no fast retransmit', (make) => {
    const world = inFlight(make(reno).established())
    world.run(250)
    world.expect({ seq: 1 })
    world.inject({ ack: at(2) })
    world.take()
    for (let i = 0; i < 5; i++) world.inject({ ack: at(2) })
    expect(world.mib('TcpExtTCPRenoRecovery')).toBe(0)
    expect(world.socket.info().sndSsthresh).toBe(5)
  })

  script('[5681-3.2-a] duplicate ACKs from this side: one for each segment out of order, without SACK too', (make) => {
    const world = make().established()
    for (let i = 0; i < 4; i++) world.queue({ flags: 'PA', seq: 101 + i * 100, data: 100 })
    world.run()
    const acks = world.take()
    expect(acks).toHaveLength(4)
    expect(acks.every((seen) => seen.ack === 1 && seen.win === acks[0]?.win)).toBe(true)
  })

  script('[5681-4.3-b] loss in two windows is two events', (make) => {
    const world = inFlight(make(reno).established())
    for (let i = 0; i < 3; i++) world.inject({ ack: 1 })
    world.take()
    world.inject({ ack: at(10) })
    world.send(14_600)
    world.take()
    const una = at(10)
    world.inject({ ack: una + 1460 })
    world.take()
    for (let i = 0; i < 4; i++) world.inject({ ack: una + 1460 })
    expect(world.mib('TcpExtTCPRenoRecovery')).toBe(2)
    expect(world.socket.info().sndSsthresh).toBeLessThan(5)
  })
})

describe('recovery with SACK', () => {
  const sacked = (make: (options?: WorldOptions) => World): World => inFlight(make(reno).established({ sack: true }))

  script(
    '[6675-5-c, 6675-5-e, 6675-4-b, 6675-5-a, 2018-5-a] more than two segments SACKed above a hole: it is resent',
    (make) => {
      const world = sacked(make)
      world.inject({ ack: 1, sack: [[at(1), at(2)]] })
      world.inject({ ack: 1, sack: [[at(1), at(3)]] })
      world.expectNothing()
      world.inject({ ack: 1, sack: [[at(1), at(4)]] })
      world.expect({ seq: 1, len: 1460 })
      expect(world.socket.info().sndSsthresh).toBe(5)
      expect(world.socket.info().caState).toBe(3)
      expect(world.socket.info().sacked).toBe(3)
    },
  )

  script('[6675-4-b] three separate blocks say so too', (make) => {
    const world = make(reno).established({ sack: true })
    world.socket.setOption(1, 1)
    for (let i = 0; i < 8; i++) world.send(100)
    world.take()
    world.inject({ ack: 1, sack: [[101, 201]] })
    world.inject({
      ack: 1,
      sack: [
        [301, 401],
        [101, 201],
      ],
    })
    world.expectNothing()
    world.inject({
      ack: 1,
      sack: [
        [501, 601],
        [301, 401],
        [101, 201],
      ],
    })
    world.expect({ seq: 1, len: 100 })
  })

  script(
    '[6675-4-c, 6675-4-d, 6675-5-h] holes are resent in order, as far as cwnd less pipe allows; never what is SACKed',
    (make) => {
      const world = sacked(make)
      world.inject({ ack: 1, sack: [[at(5), at(10)]] })
      const first = world.take()
      expect(first[0]?.seq).toBe(1)
      const seen = new Set(first.map((s) => s.seq))
      let una = 1
      for (let n = 1; n <= 5 && seen.size < 5; n++) {
        una = at(n)
        world.inject({ ack: una, sack: [[at(5), at(10)]] })
        for (const s of world.take()) seen.add(s.seq)
      }
      expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4].map(at))
    },
  )

  script('[6675-5-f, 5681-4.3-a, 6937-3-b] recovery ends at RecoveryPoint, cwnd at most ssthresh', (make) => {
    const world = sacked(make)
    world.inject({ ack: 1, sack: [[at(1), at(5)]] })
    world.take()
    world.inject({ ack: 1, sack: [[at(1), at(10)]] })
    world.inject({ ack: at(10) })
    expect(world.socket.info().caState).toBe(0)
    expect(world.socket.info().sndCwnd).toBeLessThanOrEqual(5)
  })

  script('[6675-4-a, 2018-8-c] what is SACKed stays in the queue until it is acknowledged', (make) => {
    const world = sacked(make)
    world.inject({ ack: 1, sack: [[at(1), at(10)]] })
    expect(world.socket.outq).toBe(14_600)
    // The receiver reneges: everything comes again after the time-out.
    world.run(250)
    world.take()
    world.inject({ ack: at(1) })
    let una = at(1)
    for (let i = 0; i < 40 && una < at(10); i++) {
      world.run(400)
      for (const seen of world.take()) if (seen.seq <= una) una = Math.max(una, seen.seq + seen.len)
      world.inject({ ack: una })
    }
    expect(una).toBe(at(10))
  })

  script('[2018-5-c] after a time-out the leftmost segment is resent, even one that was SACKed', (make) => {
    const world = sacked(make)
    world.inject({ ack: 1, sack: [[at(1), at(3)]] })
    world.inject({ ack: at(1), sack: [[at(4), at(5)]] })
    world.take()
    world.run(300)
    expect(world.take()[0]?.seq).toBe(at(1))
    expect(world.mib('TcpExtTCPSACKReneging')).toBe(1)
  })

  script('[6675-5.1-b] a time-out in recovery ends it; no new one starts until all is acknowledged', (make) => {
    const world = sacked(make)
    world.inject({ ack: 1, sack: [[at(1), at(4)]] })
    world.take()
    world.run(300)
    expect(world.socket.info().caState).toBe(4)
    const threshold = world.socket.info().sndSsthresh
    for (let i = 5; i < 10; i++) world.inject({ ack: 1, sack: [[at(1), at(i)]] })
    expect(world.socket.info().caState).toBe(4)
    expect(world.socket.info().sndSsthresh).toBe(threshold)
  })

  script('[3042-2-c] duplicate ACKs without new SACK information send nothing new', (make) => {
    const world = make(reno).established({ sack: true })
    world.send(40_000)
    world.take()
    world.inject({ ack: 1 })
    world.inject({ ack: 1 })
    world.expectNothing()
    world.inject({ ack: 1, sack: [[at(1), at(2)]] })
    world.expect({ seq: at(10) })
  })

  script('[2883-4.3] D-SACK below the ACK marks nothing; all retransmissions needless: cwnd comes back', (make) => {
    const world = sacked(make)
    world.inject({ ack: 1, sack: [[at(1), at(4)]] })
    world.expect({ seq: 1 })
    expect(world.socket.info().sndSsthresh).toBe(5)
    world.inject({ ack: at(4), sack: [[1, at(1)]] })
    expect(world.socket.info().caState).toBe(0)
    expect(world.socket.info().sndCwnd).toBeGreaterThanOrEqual(10)
    expect(world.mib('TcpExtTCPDSACKUndo')).toBe(1)
  })

  script('blocks of nothing sent, or turned round, are ignored', (make) => {
    const world = sacked(make)
    world.inject({ ack: 1, sack: [[at(20), at(30)]] })
    world.inject({ ack: 1, sack: [[at(5), at(4)]] })
    world.inject({ ack: 1, sack: [[-5000, at(20)]] })
    world.expectNothing()
    expect(world.socket.info().sacked).toBe(0)
  })

  script('a block inside a large segment cuts it', (make) => {
    const world = make({ ...reno, largeSegment: 65_415 }).established({ sack: true })
    world.send(14_600)
    expect(world.take().map((seen) => seen.len)).toEqual([14_600])
    world.inject({ ack: 1, sack: [[at(2), at(9)]] })
    const first = world.take()
    expect(first[0]).toMatchObject({ seq: 1 })
    expect(first.every((seen) => seen.seq + seen.len <= at(2) || seen.seq >= at(9))).toBe(true)
  })
})

describe('transfers over a bad wire', () => {
  const transfer = (seed: number, sack: number, large: number, loss: number): void => {
    const clock = new Scheduler()
    const memory = new Memory()
    const random = createRandom(seed, 'wire')
    const [a, b] = [Address.v4(0x0a000001), Address.v4(0x0a000002)]
    const ips = [new FakeIp([a], 1500, large), new FakeIp([b], 1500, large)] as const
    const hosts = ips.map((ip, i) => new Tcp(contextOf(`h${i}`, clock, memory, seed), ip)) as [Tcp, Tcp]
    for (const host of hosts) host.sysctls.find((s) => s.name === 'net.ipv4.tcp_sack')?.set(String(sack))
    for (const [i, ip] of ips.entries()) {
      ip.output = (packet) => {
        if (random.float() < loss) {
          packet.free()
          return
        }
        const copies = random.float() < 0.02 ? 2 : 1
        for (let c = 0; c < copies; c++) {
          const it = c === 0 ? packet : packet.clone()
          clock.arm({ heapId: -1, expire: () => hosts[1 - i]?.receive(it) }, clock.now + 10e6 + random.below(8e6))
        }
      }
    }
    const listener = hosts[1].create(4, 0)
    listener.bind(null, 80)
    listener.listen(5)
    const client = hosts[0].create(4, 0)
    client.connect(b, 80)
    const size = 200_000
    const data = pattern(0, size)
    const into = new Uint8Array(size + 10)
    let server: TcpEndpoint | null = null
    let sent = 0
    let got = 0
    let ended = false
    for (let steps = 0; steps < 400_000 && !ended; steps++) {
      clock.runJobs(1000)
      if (server === null) {
        const child = listener.accept()
        if (typeof child === 'object') server = child
      }
      if (client.state === 1 && sent < size) {
        const count = client.send(data, sent, size, 0)
        if (count > 0) sent += count
        if (sent === size) client.shutdown(1)
      }
      if (server !== null) {
        const count = server.recv(into, got, into.length, 0)
        if (count > 0) got += count
        else if (count === 0) ended = true
      }
      if (!clock.busy) clock.advance(clock.nextDeadline)
    }
    expect(got).toBe(size)
    expect(into.subarray(0, size)).toEqual(data)
    expect(ended).toBe(true)
  }

  for (const sack of [1, 0])
    for (const large of [0, 65_415])
      for (const loss of [0, 0.01, 0.1, 0.3])
        test(`every byte arrives: SACK ${sack}, large segments ${large}, loss ${loss}`, () => {
          for (let seed = 1; seed <= 3; seed++) transfer(seed * 100 + sack, sack, large, loss)
        })
})
