import { describe, expect } from 'vitest'
import { Poll } from '../../src/tcp/index.ts'
import { ETIMEDOUT } from '../../src/wire/errno.ts'
import { script, TcpState } from '../support/tcp.ts'

/** Times (ms) at which the stack sends from now on, for `ms`. */
const times = (world: { run(ms: number): unknown; take(): { time: number }[]; now: number }, ms: number): number[] => {
  const start = world.now
  world.run(ms)
  return world.take().map((seen) => seen.time - start)
}

describe('retransmission time-out', () => {
  script('[MUST-18, 6298-2.2] first sample R: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR', (make) => {
    const world = make().synReceived()
    world.run(800)
    world.inject({ ack: 1 })
    world.socket = world.listener?.accept() as never
    const info = world.socket.info()
    expect(info.rtt).toBe(800_000)
    expect(info.rttvar).toBe(400_000)
    expect(info.rto).toBe(2_400_000)
  })

  script('[MUST-18, 6298-2.3-a, 6298-2.3-b] later samples: RTTVAR, then SRTT (1/4, 1/8), then RTO', (make) => {
    const world = make().synReceived()
    world.run(800)
    world.inject({ ack: 1 })
    world.socket = world.listener?.accept() as never
    world.send('x')
    world.run(400)
    world.inject({ ack: 2 })
    const info = world.socket.info()
    // RTTVAR = 3/4 * 400 + 1/4 * |800 - 400| = 400; SRTT = 7/8 * 800 + 1/8 * 400 = 750.
    expect(info.rttvar).toBe(400_000)
    expect(info.rtt).toBe(750_000)
    expect(info.rto).toBe(750_000 + 1_600_000)
  })

  script('[6298-2.1-a] one second before the first sample', (make) => {
    const world = make()
    world.newSocket().connect(world.peer, 5000)
    world.run()
    expect(world.take()).toHaveLength(1)
    world.run(999).expectNothing()
    world.run(1).expect({ flags: 'S', time: 1000 })
  })

  script(
    "[6298-2.4, 6298-4] the least RTO is 200 ms over SRTT (Linux), or the RFC's second by net.ipv4.tcp_rto_min_us",
    (make) => {
      expect(make().established().socket.info().rto).toBe(200_000)
      expect(
        make({ sysctl: { rto_min_us: 1_000_000 } })
          .established()
          .socket.info().rto,
      ).toBe(1_000_000)
    },
  )

  script(
    '[6298-5.1, 6298-5.4, 6298-5.5, 6298-5.6, 9293-3.10.8-b, MUST-19] the first unacknowledged segment goes out again, the time-out doubling',
    (make) => {
      const world = make().established()
      world.send(4000)
      expect(world.take().map((seen) => seen.seq)).toEqual([1, 1461, 2921])
      world.run(7000)
      const again = world.take()
      expect(again.map((seen) => seen.time)).toEqual([200, 600, 1400, 3000, 6200])
      expect(new Set(again.map((seen) => seen.seq))).toEqual(new Set([1]))
      expect(again[0]?.len).toBe(1460)
      expect(world.count('TcpRetransmitTimeout')).toBe(5)
      expect(world.mib('TcpRetransSegs')).toBe(5)
    },
  )

  script('[6298-5.2, 6298-5.3] all acknowledged: the timer is off; new data acknowledged: it starts anew', (make) => {
    const world = make().established()
    world.send(2920)
    world.take()
    world.run(150)
    world.inject({ ack: 1461 })
    // 150 ms were a round trip: SRTT moves a little.
    const rto = world.socket.info().rto / 1000
    world.run(rto - 1).expectNothing()
    world.run(2).expect({ flags: 'PA', seq: 1461 })
    world.inject({ ack: 2921 })
    world.run(100_000).expectNothing()
    expect(world.socket.timer().kind).toBe('off')
  })

  script('[6298-3-a] Karn: a retransmitted segment gives no sample', (make) => {
    const world = make().established()
    world.send('x')
    world.run(300)
    expect(world.take()).toHaveLength(2)
    world.run(250)
    world.inject({ ack: 2 })
    expect(world.socket.info().rtt).toBe(0)
    expect(world.socket.info().rto).toBe(200_000)
  })

  script('[6298-3-b, 7323-4.1-b] timestamps tell which transmission was acknowledged', (make) => {
    const world = make().established({ ts: true })
    world.send('x')
    const first = world.expect({ flags: 'PA' })
    world.run(260)
    const second = world.expect({ flags: 'PA' })
    expect((second.ts?.[0] as number) - (first.ts?.[0] as number)).toBe(200)
    world.inject({ ack: 2, ts: [world.peerTime, first.ts?.[0] as number] })
    expect(world.socket.info().rtt).toBe(260_000 / 8)
  })

  script('[7323-4.1-b] a segment that acknowledges nothing new gives no sample', (make) => {
    const world = make().established({ ts: true })
    world.run(100)
    world.inject({ flags: 'PA', data: 'x', ts: [world.peerTime, world.isn as number] })
    expect(world.socket.info().rtt).toBe(0)
  })

  script('[6298-3-c] at least one sample a round trip', (make) => {
    const world = make().established()
    for (let i = 0; i < 4; i++) {
      world.send(1)
      world.run(100)
      world.inject({ ack: 2 + i })
    }
    // From 0: 1/8 of 100 ms, four times.
    expect(world.socket.info().rtt).toBeGreaterThan(40_000)
  })

  script(
    '[MUST-23, MUST-22, sock-connect-8] SYN at 0 1 2 3 4 5 7 11 19 35 67 s, ETIMEDOUT at 131 s; net.ipv4.tcp_syn_retries makes it three minutes and more',
    (make) => {
      const world = make()
      world.socket = world.watch(world.newSocket())
      world.socket.connect(world.peer, 5000)
      expect(times(world, 130_900)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 7000, 11_000, 19_000, 35_000, 67_000])
      expect(world.state).toBe(TcpState.SYN_SENT)
      world.run(200)
      expect(world.takeEvents() & (Poll.ERR | Poll.HUP)).toBe(Poll.ERR | Poll.HUP)
      expect(world.socket.takeError()).toBe(ETIMEDOUT)
      expect(world.states()).toEqual([])
      const patient = make({ sysctl: { syn_retries: 7, syn_linear_timeouts: 0 } })
      patient.newSocket().connect(patient.peer, 5000)
      expect(times(patient, 400_000)).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 127_000])
      expect(patient.states()).toEqual([])
      const rfc = make({ sysctl: { syn_retries: 7, syn_linear_timeouts: 0 } })
      rfc.newSocket().connect(rfc.peer, 5000)
      rfc.run(180_000)
      expect(rfc.states()).toEqual([TcpState.SYN_SENT])
    },
  )

  script('[sock-tcpopt-5] TCP_SYNCNT', (make) => {
    const world = make({ sysctl: { syn_linear_timeouts: 0 } })
    world.socket = world.newSocket()
    expect(world.socket.getOption(7)).toBe(6)
    world.socket.setOption(7, 2)
    world.socket.connect(world.peer, 5000)
    expect(times(world, 100_000)).toEqual([0, 1000, 3000])
  })

  script(
    '[MUST-20, SHLD-9, SHLD-10, SHLD-11, sock-tcpopt-17] R1: IP is told after 3; R2: the connection ends after 15 doublings, 924.6 s',
    (make) => {
      const world = make().established()
      world.send('x')
      world.run(1500)
      expect(world.ip.doubted).toBe(0)
      world.run(2000)
      expect(world.ip.doubted).toBeGreaterThan(0)
      world.run(900_000)
      expect(world.state).toBe(TcpState.ESTABLISHED)
      world.run(200_000)
      expect(world.state).toBe(TcpState.CLOSED)
      expect(world.socket.takeError()).toBe(ETIMEDOUT)
      expect(world.mib('TcpExtTCPAbortOnTimeout')).toBe(1)
    },
  )

  script("[MUST-21, sock-tcpopt-8, 9293-3.10.8-a] TCP_USER_TIMEOUT: the application's R2", (make) => {
    const world = make().established()
    expect(world.socket.getOption(18)).toBe(0)
    expect(world.socket.setOption(18, 5000)).toBe(0)
    world.send('x')
    world.run(4900)
    expect(world.state).toBe(TcpState.ESTABLISHED)
    world.run(8000)
    expect(world.state).toBe(TcpState.CLOSED)
    expect(world.socket.outq).toBe(0)
    expect(world.recv()).toBe(-ETIMEDOUT)
  })

  script('[MUST-47, SHLD-25] a soft error met on the way is reported with the time-out', (make) => {
    const world = make().established()
    world.socket.setOption(18, 1000)
    world.send('x')
    world.ip.error({
      family: 4,
      type: 3,
      code: 0,
      rest: 0,
      from: world.peer,
      local: world.local,
      remote: world.peer,
      protocol: 6,
      localPort: world.localPort,
      remotePort: world.peerPort,
      seq: ((world.isn as number) + 1) | 0,
      errno: 101,
      hard: false,
      mtu: 0,
      buf: new Uint8Array(0),
      start: 0,
      end: 0,
    })
    expect(world.state).toBe(TcpState.ESTABLISHED)
    world.run(10_000)
    expect(world.socket.pendingError).toBe(101)
  })

  script('[6298-2.5] the time-out stops at net.ipv4.tcp_rto_max_ms', (make) => {
    const world = make({ sysctl: { rto_max_ms: 1000 } }).established()
    world.send('x')
    world.take()
    expect(times(world, 5000)).toEqual([200, 600, 1400, 2400, 3400, 4400])
  })

  script(
    '[5681-3.1-l, 5681-3.1-m, MUST-19] a time-out: ssthresh falls, cwnd is one segment, slow start follows',
    (make) => {
      const world = make({ sysctl: { congestion_control: 'reno' } }).established()
      world.send(14_600)
      expect(world.take()).toHaveLength(10)
      world.run(250)
      world.expect({ seq: 1, len: 1460 })
      world.expectNothing()
      const info = world.socket.info()
      expect(info.sndSsthresh).toBe(5)
      expect(info.sndCwnd).toBe(1)
      expect(info.caState).toBe(4)
      world.inject({ ack: 1461 })
      expect(world.take().map((seen) => seen.seq)).toEqual([1461, 2921])
      world.inject({ ack: 2921 })
      world.inject({ ack: 4381 })
      expect(world.take().map((seen) => seen.seq)).toEqual([4381, 5841, 7301, 8761])
    },
  )

  script('[5681-3.1-l] a second time-out of the same segment does not lower ssthresh again', (make) => {
    const world = make({ sysctl: { congestion_control: 'reno' } }).established()
    world.send(14_600)
    world.run(2000)
    expect(world.take().length).toBeGreaterThan(12)
    expect(world.socket.info().sndSsthresh).toBe(5)
  })

  script('[9293-3.6-a] the FIN is retransmitted', (make) => {
    const world = make().finWait1()
    world.run(250)
    world.expect({ flags: 'FA', seq: 1 })
    world.run(450)
    world.expect({ flags: 'FA', seq: 1 })
    world.inject({ ack: 2 })
    world.run(10_000).expectNothing()
  })

  script('an orphan gives up after eight time-outs', (make) => {
    const world = make().established()
    world.send('x')
    world.close()
    world.run(300_000)
    expect(world.states()).toEqual([])
    expect(world.take().at(-1)?.flags).toBe('RA')
  })

  script('[9293-3.5.1-a] a peer that restarted resets the retransmission', (make) => {
    const world = make().established()
    world.send('x')
    world.run(250)
    const last = world.take().at(-1)
    world.inject({ flags: 'R', seq: last?.ack ?? 0 })
    expect(world.state).toBe(TcpState.CLOSED)
    world.run(10_000).expectNothing()
  })
})
