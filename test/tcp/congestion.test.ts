import { describe, expect, test } from 'vitest'
import { cubeRoot, cubic } from '../../src/tcp/congestion/cubic.ts'
import { newReno } from '../../src/tcp/congestion/newreno.ts'
import { AckSample, type CongestionView } from '../../src/tcp/congestion/types.ts'
import { script, type World } from '../support/tcp.ts'

const MSS = 1000

const view = (cwnd: number, ssthresh: number): CongestionView & { smoothedRtt: number } => ({
  cwnd: cwnd * MSS,
  ssthresh: ssthresh * MSS,
  mss: MSS,
  smoothedRtt: 100_000,
  congestionState: null,
})

const ack = (acked: number, nowUs = 0, limited = true): AckSample => {
  const sample = new AckSample()
  sample.delivered = acked
  sample.nowUs = nowUs
  sample.isCwndLimited = limited
  return sample
}

describe('Reno', () => {
  test('[5681-3.1-a, 5681-3.1-h] slow start grows by what is acknowledged, up to ssthresh', () => {
    const v = view(10, 12)
    newReno.onAck(v, ack(MSS))
    expect(v.cwnd).toBe(11 * MSS)
    newReno.onAck(v, ack(500))
    expect(v.cwnd).toBe(11_500)
    newReno.onAck(v, ack(1000))
    expect(v.cwnd).toBe(12_000)
  })

  test('[5681-3.1-i, 5681-3.1-j] congestion avoidance grows by one segment a window, counting bytes', () => {
    const v = view(10, 5)
    for (let i = 0; i < 9; i++) newReno.onAck(v, ack(MSS))
    expect(v.cwnd).toBe(10_000)
    newReno.onAck(v, ack(MSS))
    expect(v.cwnd).toBe(11_000)
    for (let i = 0; i < 10; i++) newReno.onAck(v, ack(MSS))
    expect(v.cwnd).toBe(11_000)
    newReno.onAck(v, ack(MSS))
    expect(v.cwnd).toBe(12_000)
  })

  test('a window that the application does not fill does not grow', () => {
    const v = view(10, 100)
    newReno.onAck(v, ack(MSS, 0, false))
    expect(v.cwnd).toBe(10_000)
  })

  test('[5681-3.1-l] loss: half, at least two segments', () => {
    // Of cwnd, as Linux has it (tcp_reno_ssthresh); the RFC says FlightSize, which a filled window is.
    expect(newReno.onLoss(view(20, 100))).toBe(10_000)
    expect(newReno.onLoss(view(3, 100))).toBe(2000)
  })
})

describe('CUBIC', () => {
  test('the cube root is exact for integers', () => {
    for (const n of [0, 1, 2, 7, 8, 26, 27, 999, 1000, 1_000_000, 123_456_789, 2 ** 52]) {
      const root = cubeRoot(n)
      expect(root ** 3).toBeLessThanOrEqual(n)
      expect((root + 1) ** 3).toBeGreaterThan(n)
    }
  })

  test('[9438-4.6-a, 9438-4.6-b, 9438-4.7] loss: 0.7 of the window; fast convergence remembers less when it had not recovered', () => {
    const v = view(100, 1000)
    expect(cubic.onLoss(v)).toBe(70_000)
    const again = view(80, 1000)
    again.congestionState = v.congestionState
    expect(cubic.onLoss(again)).toBe(56_000)
    expect((again.congestionState as { maxWindow: number }).maxWindow).toBe(68_000)
  })

  test('[9438-4.10-a] slow start up to ssthresh', () => {
    const v = view(10, 20)
    for (let i = 0; i < 10; i++) cubic.onAck(v, ack(MSS))
    expect(v.cwnd).toBe(20_000)
  })

  test('[9438-4.2-a, 9438-4.4, 9438-4.5, 9438-5.1] concave up to the old maximum at K, convex beyond', () => {
    const v = view(100, 1000)
    v.ssthresh = cubic.onLoss(v)
    v.cwnd = v.ssthresh
    // K = cbrt((100 - 70) / 0.4) = 4.217 s.
    const at = (seconds: number): number => {
      while (now < seconds * 1e6) {
        // A round trip of 100 ms acknowledges a window.
        for (let left = v.cwnd; left > 0; left -= MSS) cubic.onAck(v, ack(Math.min(MSS, left), now))
        now += 100_000
      }
      return v.cwnd / MSS
    }
    let now = 1_000_000
    const start = at(1.2)
    const early = at(3.2)
    const plateau = at(5.2)
    const later = at(8.2)
    expect(start).toBeGreaterThanOrEqual(70)
    expect(early).toBeGreaterThan(92)
    expect(plateau).toBeGreaterThan(97)
    expect(plateau).toBeLessThan(103)
    // Steep, flat, steep.
    expect(early - start).toBeGreaterThan(plateau - early)
    expect(later - plateau).toBeGreaterThan(plateau - early)
    // W(7.2) = 0.4 * (7.2 - 4.217)^3 + 100 = 110.6.
    expect(later).toBeGreaterThan(105)
    expect(later).toBeLessThan(118)
  })

  test('[9438-4.2-b] never more than half of the window a round trip', () => {
    const v = view(10, 5)
    v.congestionState = null
    cubic.onAck(v, ack(MSS, 0))
    const before = v.cwnd
    for (let left = v.cwnd; left > 0; left -= MSS) cubic.onAck(v, ack(MSS, 100_000_000))
    expect(v.cwnd).toBeLessThanOrEqual(before * 1.65)
  })

  test('[9438-4.3-a] with short round trips at least as fast as Reno', () => {
    const v = { ...view(20, 10), smoothedRtt: 1000 }
    v.congestionState = null
    v.ssthresh = cubic.onLoss(v)
    v.cwnd = v.ssthresh
    const start = v.cwnd
    let now = 0
    for (let round = 0; round < 100; round++) {
      for (let left = v.cwnd; left > 0; left -= MSS) cubic.onAck(v, ack(MSS, now))
      now += 1000
    }
    // 9/17 of a segment a round trip for 100 ms, where the cubic curve alone gains next to nothing.
    expect((v.cwnd - start) / MSS).toBeGreaterThan(20)
  })

  test('[9438-4.8] after a time-out the next epoch begins on the plateau', () => {
    const v = view(100, 1000)
    cubic.onLoss(v)
    cubic.onTimeout(v)
    v.cwnd = 10_000
    v.ssthresh = 5000
    cubic.onAck(v, ack(MSS, 5))
    expect(v.congestionState).toMatchObject({ k: 0, maxWindow: 10_000 })
  })

  test('[9438-4.2-c] time limited by the application does not count', () => {
    const v = view(100, 1000)
    v.ssthresh = cubic.onLoss(v)
    v.cwnd = v.ssthresh
    cubic.onAck(v, ack(MSS, 0))
    const before = v.cwnd
    for (let now = 0; now < 60_000_000; now += 100_000) cubic.onAck(v, ack(MSS, now, false))
    cubic.onAck(v, ack(MSS, 60_000_000))
    expect(v.cwnd - before).toBeLessThan(2 * MSS)
  })
})

describe('congestion control of a connection', () => {
  const acked = (world: World): void => {
    world.inject({ ack: world.stackNxt })
  }

  script(
    '[sock-tcpopt-10, sock-tcpopt-11, MAY-18] TCP_CONGESTION: cubic by default, reno by name, ENOENT for another',
    (make) => {
      const world = make().established()
      expect(world.socket.getOption(13)).toBe('cubic')
      expect(world.socket.setOption(13, 'reno')).toBe(0)
      expect(world.socket.getOption(13)).toBe('reno')
      expect(world.socket.setOption(13, 'vegas')).toBe(-2)
      const available = world.tcp.sysctls.find((s) => s.name === 'net.ipv4.tcp_available_congestion_control')
      expect(available?.get()).toBe('reno cubic')
      world.sysctl('congestion_control', 'reno')
      expect(world.newSocket().getOption(13)).toBe('reno')
    },
  )

  script(
    '[MUST-19, 5681-3.1-b, 6928-2-a, 5681-3.1-f] ten segments at first, then slow start doubles the window each round trip',
    (make) => {
      const world = make().established()
      expect(world.socket.info().sndSsthresh).toBe(0x7fffffff)
      world.socket.setSendBuffer(212_992)
      const rounds: number[] = []
      for (let i = 0; i < 3; i++) {
        world.send(200_000)
        rounds.push(world.take().length)
        acked(world)
        world.take()
        if (i === 2) break
        acked(world)
        world.take()
      }
      expect(rounds[0]).toBe(10)
      expect(world.socket.info().sndCwnd).toBeGreaterThanOrEqual(40)
    },
  )

  script('[5681-2, 5681-3, 6298-2] never more in flight than cwnd', (make) => {
    const world = make().established()
    world.send(46_080)
    expect(world.takeText()).toBe(14_600)
    world.inject({ ack: 1461 })
    expect(world.takeText()).toBe(2 * 1460)
  })

  script('[5681-4.1] after an idle time longer than the RTO the window is a restart window again', (make) => {
    const world = make().established()
    for (let i = 0; i < 4; i++) {
      world.send(46_080)
      for (let n = 0; n < 4; n++) acked(world)
    }
    world.take()
    const before = world.socket.info().sndCwnd
    expect(before).toBeGreaterThan(20)
    world.run(10_000)
    world.send(46_080)
    expect(world.takeText()).toBe(14_600)
    const steady = make({ sysctl: { slow_start_after_idle: 0 } }).established()
    for (let i = 0; i < 4; i++) {
      steady.send(46_080)
      for (let n = 0; n < 4; n++) acked(steady)
    }
    steady.take()
    steady.run(10_000)
    steady.send(46_080)
    expect(steady.takeText()).toBeGreaterThan(20_000)
  })
})
