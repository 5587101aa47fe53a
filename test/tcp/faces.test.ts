import { describe, expect, test } from 'vitest'
import type { NetworkInterface } from '../../src/link/interface.ts'
import { TcpConfig } from '../../src/tcp/config.ts'
import { announcedMss, peerMss } from '../../src/tcp/handshake-options.ts'
import type { TcpEndpoint } from '../../src/tcp/index.ts'
import { Address } from '../../src/wire/address.ts'
import { TcpOption } from '../../src/wire/packet.ts'
import { script, TcpState } from '../support/tcp.ts'
import { FakePath, Memory } from '../support/tcp-wire.ts'

const only = (world: { tcp: { forEach(visit: (e: TcpEndpoint) => void): void } }, state: number): TcpEndpoint => {
  let found: TcpEndpoint | null = null
  world.tcp.forEach((endpoint) => {
    if (endpoint.state === state) found = endpoint
  })
  if (found === null) throw new Error(`nothing is in state ${state}`)
  return found
}

describe('what shows in the tables without being a socket', () => {
  script('half-open connections and TIME-WAIT have addresses, a state and a timer, and refuse every call', (make) => {
    for (const [start, state] of [
      ['synReceived', TcpState.SYN_RECEIVED],
      ['timeWait', TcpState.TIME_WAIT],
    ] as const) {
      const world = make()[start]()
      const endpoint = only(world, state)
      expect(endpoint.localPort).toBe(80)
      expect(endpoint.remotePort).toBe(5000)
      expect(endpoint.localAddress?.equals(world.local)).toBe(true)
      expect(endpoint.remoteAddress?.equals(world.peer)).toBe(true)
      expect(endpoint.family).toBe(4)
      expect(endpoint.owner).toBe(null)
      const bytes = new Uint8Array(4)
      const range = { buf: bytes, start: 0, end: 0 }
      expect([
        endpoint.bind(null, 1),
        endpoint.listen(1),
        endpoint.accept(),
        endpoint.connect(world.peer, 1),
        endpoint.disconnect(),
        endpoint.send(bytes, 0, 4, 0),
        endpoint.recv(bytes, 0, 4, 0),
        endpoint.recvView(range),
        endpoint.shutdown(2),
      ]).toEqual(new Array(9).fill(-22))
      expect(endpoint.setOption(1, 1)).toBe(-92)
      expect(endpoint.getOption(1)).toEqual({ error: -92 })
      endpoint.consume(1)
      endpoint.setReceiveBuffer(1)
      endpoint.setSendBuffer(1)
      endpoint.linger = 5
      endpoint.keepAlive = true
      endpoint.ttl = 3
      expect([endpoint.linger, endpoint.keepAlive, endpoint.ttl, endpoint.mark, endpoint.rcvLowat]).toEqual([
        -1,
        false,
        -1,
        0,
        1,
      ])
      expect([
        endpoint.poll(),
        endpoint.takeError(),
        endpoint.pendingError,
        endpoint.inq,
        endpoint.outq,
        endpoint.notSent,
      ]).toEqual([0, 0, 0, 0, 0, 0])
      expect([
        endpoint.recvQueue,
        endpoint.sendQueue,
        endpoint.atMark,
        endpoint.receiveBuffer,
        endpoint.sendBuffer,
      ]).toEqual([0, 0, false, 0, 0])
      expect(endpoint.info().state).toBe(state)
      endpoint.close()
      expect(world.states()).toEqual([state])
    }
  })

  script('their timers', (make) => {
    const half = make().synReceived()
    half.run(400)
    expect(only(half, TcpState.SYN_RECEIVED).timer()).toEqual({ kind: 'on', left: 600e6, retransmits: 0 })
    half.run(1000)
    expect(only(half, TcpState.SYN_RECEIVED).timer()).toEqual({ kind: 'on', left: 1600e6, retransmits: 1 })
    const wait = make().timeWait()
    wait.run(1500)
    expect(only(wait, TcpState.TIME_WAIT).timer()).toEqual({ kind: 'timewait', left: 58_500e6, retransmits: 0 })
  })

  script('timers of connections, as ss shows them', (make) => {
    const world = make().established()
    expect(world.socket.timer()).toEqual({ kind: 'off', left: 0, retransmits: 0 })
    world.send('x')
    expect(world.socket.timer()).toEqual({ kind: 'on', left: 200e6, retransmits: 0 })
    world.run(250)
    expect(world.socket.timer()).toEqual({ kind: 'on', left: 350e6, retransmits: 1 })
    world.inject({ ack: 2, win: 0 })
    world.send('y')
    expect(world.socket.timer()).toMatchObject({ kind: 'persist', retransmits: 0 })
    world.run(300)
    expect(world.socket.timer()).toMatchObject({ kind: 'persist', retransmits: 1 })
    const alive = make().established()
    alive.socket.keepAlive = true
    alive.run(1000)
    expect(alive.socket.timer()).toEqual({ kind: 'keepalive', left: 7_199_000e6, retransmits: 0 })
    const orphan = make().finWait2()
    orphan.close()
    expect(only(orphan, TcpState.FIN_WAIT_2).timer()).toEqual({ kind: 'timewait', left: 60_000e6, retransmits: 0 })
  })

  script('[9293-3.9.1.5-a] TCP_INFO tells state, windows, queues and what was lost', (make) => {
    const world = make({ sysctl: { congestion_control: 'reno' } }).established({ sack: true, ts: true, wscale: 5 })
    world.send(14_480)
    world.inject({ flags: 'PA', data: 77, ack: 1449 })
    world.run(10)
    world.inject({ ack: 1449, sack: [[1449 + 1448, 1449 + 4 * 1448]] })
    const info = world.socket.info()
    expect(info).toMatchObject({
      state: TcpState.ESTABLISHED,
      options: 7,
      sndWscale: 5,
      rcvWscale: 7,
      sndMss: 1448,
      unacked: 9,
      sacked: 3,
      lost: 1,
      retrans: 1,
      caState: 3,
      bytesAcked: 1448,
      bytesReceived: 77,
      totalRetrans: 1,
      pmtu: 1500,
      // Less the timestamps, as in Linux's tp->advmss.
      advmss: 1448,
      congestion: 'reno',
      sndWnd: 65_535 << 5,
      lastDataSent: 0,
      lastDataRecv: 10_000,
      lastAckRecv: 0,
    })
    expect(info.sndSsthresh).toBe(5)
    expect(info.segsIn).toBe(3)
    expect(world.socket.outq).toBe(9 * 1448)
    const listener = world.listener?.info()
    expect(listener).toMatchObject({ state: TcpState.LISTEN, unacked: 0, sacked: 5 })
  })
})

describe('sysctls', () => {
  script('each is read back, and refuses what Linux refuses', (make) => {
    const world = make()
    const names = world.tcp.sysctls.map((entry) => entry.name)
    expect(new Set(names).size).toBe(names.length)
    const entry = (name: string) => {
      const found = world.tcp.sysctls.find((e) => e.name === name)
      if (found === undefined) throw new Error(name)
      return found
    }
    const defaults: Record<string, string> = {
      'net.ipv4.tcp_syn_retries': '6',
      'net.ipv4.tcp_synack_retries': '5',
      'net.ipv4.tcp_retries1': '3',
      'net.ipv4.tcp_retries2': '15',
      'net.ipv4.tcp_fin_timeout': '60',
      'net.ipv4.tcp_keepalive_time': '7200',
      'net.ipv4.tcp_keepalive_intvl': '75',
      'net.ipv4.tcp_keepalive_probes': '9',
      'net.ipv4.tcp_syn_linear_timeouts': '4',
      'net.ipv4.tcp_rto_min_us': '200000',
      'net.ipv4.tcp_rmem': '4096\t131072\t6291456',
      'net.ipv4.tcp_wmem': '4096\t16384\t4194304',
      'net.core.somaxconn': '4096',
      'net.ipv4.tcp_congestion_control': 'cubic',
      'net.ipv4.tcp_syncookies': '1',
      'net.ipv4.tcp_tw_reuse': '2',
      'net.ipv4.tcp_abort_on_overflow': '0',
      'net.ipv4.tcp_rfc1337': '0',
      'net.ipv4.tcp_notsent_lowat': '4294967295',
    }
    for (const [name, value] of Object.entries(defaults)) expect(entry(name).get(), name).toBe(value)
    for (const e of world.tcp.sysctls) {
      const before = e.get()
      expect(e.set('nonsense'), e.name).toBeLessThan(0)
      expect(e.get(), e.name).toBe(before)
      if (e.name.endsWith('available_congestion_control')) continue
      expect(e.set(` ${before} `), e.name).toBe(0)
      expect(e.get(), e.name).toBe(before)
    }
    expect(entry('net.ipv4.tcp_syn_retries').set('0')).toBe(-22)
    expect(entry('net.ipv4.tcp_syn_retries').set('127')).toBe(0)
    expect(entry('net.ipv4.tcp_syn_retries').set('128')).toBe(-22)
    expect(entry('net.ipv4.tcp_rmem').set('4096 87380')).toBe(0)
    expect(entry('net.ipv4.tcp_rmem').get()).toBe('4096\t87380\t6291456')
    expect(entry('net.ipv4.tcp_rmem').set('1 2 3 4')).toBe(-22)
    expect(entry('net.ipv4.tcp_rmem').set('0 2 3')).toBe(-22)
    expect(world.newSocket().receiveBuffer).toBe(87_380)
    expect(entry('net.ipv4.tcp_congestion_control').set('bbr')).toBe(-2)
  })
})

describe('SOL_TCP options', () => {
  script('are read back in their units', (make) => {
    const world = make()
    const socket = world.newSocket()
    const cases: [number, number, number][] = [
      [1, 1, 1],
      [1, 0, 0],
      [1, 7, 1],
      [2, 88, 88],
      [2, 0, 536],
      [3, 1, 1],
      [4, 1, 1],
      [4, 32_767, 32_767],
      [5, 9, 9],
      [6, 127, 127],
      [7, 3, 3],
      [8, 30, 30],
      [8, -5, -1],
      [8, 121, 60],
      [8, 120, 120],
      [9, 0, 0],
      [9, 1, 1],
      [9, 2, 3],
      [9, 4, 7],
      [9, 1000, 1023 - 0],
      [10, 5000, 5000],
      [10, 1, 1152],
      [12, 0, 0],
      [12, 1, 1],
      [18, 77, 77],
      [25, 4096, 4096],
    ]
    for (const [name, value, back] of cases) {
      expect(socket.setOption(name, value), `${name}=${value}`).toBe(0)
      if (name !== 9 || value !== 1000) expect(socket.getOption(name), `${name}=${value}`).toBe(back)
    }
    for (const [name, value] of [
      [2, 87],
      [2, 32_768],
      [4, 0],
      [4, 32_768],
      [5, 0],
      [6, 0],
      [6, 128],
      [7, 0],
      [7, 128],
      [18, -1],
    ] as const)
      expect(socket.setOption(name, value), `${name}=${value}`).toBe(-22)
    expect(socket.setOption(1, 'yes')).toBe(-22)
    expect(socket.setOption(13, 3)).toBe(-22)
    expect(socket.setOption(10, 0)).toBe(0)
    expect(socket.getOption(10)).toBe(65_536)
    expect(socket.setOption(1000, 1)).toBe(-92)
    const connected = make().established().socket
    expect(connected.setOption(10, 0)).toBe(-22)
    expect(connected.getOption(2)).toBe(1460)
  })

  script("settings of SOL_SOCKET and SOL_IP are the socket's own", (make) => {
    const world = make()
    const [a, b] = [world.newSocket(), world.newSocket()]
    a.reusePort = true
    a.v6only = true
    a.freebind = true
    a.mark = 9
    a.mtuDiscover = 0
    a.uid = 1000
    a.rcvLowat = 7
    const eth3 = { index: 3 } as NetworkInterface
    a.boundDevice = eth3
    expect([a.reusePort, a.v6only, a.freebind, a.mark, a.mtuDiscover, a.uid, a.rcvLowat, a.boundDevice]).toEqual([
      true,
      true,
      true,
      9,
      0,
      1000,
      7,
      eth3,
    ])
    expect([b.reusePort, b.v6only, b.freebind, b.mark, b.mtuDiscover, b.uid, b.rcvLowat, b.boundDevice]).toEqual([
      false,
      false,
      false,
      0,
      1,
      0,
      1,
      null,
    ])
    a.setSendBuffer(1)
    expect(a.sendBuffer).toBe(4608)
    a.setSendBuffer(1_000_000)
    expect(a.sendBuffer).toBe(425_984)
    a.setReceiveBuffer(1_000_000)
    expect(a.receiveBuffer).toBe(425_984)
    expect(a.freebind && a.bind(Address.v4(0x01020304), 5000)).toBe(0)
  })

  script('IP_MTU_DISCOVER 0 leaves DF clear', (make) => {
    const world = make()
    const socket = world.newSocket()
    socket.mtuDiscover = 0
    socket.connect(world.peer, 80)
    world.run()
    expect(world.expect().df).toBe(false)
  })

  script('[sock-port-5] a port below 1024 needs privilege', (make) => {
    const world = make()
    const user = world.tcp.create(4, 1000)
    expect(user.bind(null, 1023)).toBe(-13)
    expect(user.bind(null, 1024)).toBe(0)
    expect(user.bind(null, 1025)).toBe(-22)
    expect(world.newSocket().bind(Address.v4(0x05050505), 80)).toBe(-99)
  })
})

describe('segment sizes', () => {
  test('[MUST-15, MUST-67] announced and taken MSS', () => {
    const memory = new Memory()
    const a4 = Address.v4(1)
    const a6 = Address.v6(0, 0, 0, 2)
    const path = (mtu: number, remote: Address) => new FakePath(remote, remote, mtu, 0, false)
    expect(announcedMss(path(1500, a4), 0)).toBe(1460)
    expect(announcedMss(path(1500, a6), 0)).toBe(1440)
    expect(announcedMss(path(65_536, a4), 0)).toBe(65_495)
    expect(announcedMss(path(1500, a4), 1000)).toBe(1000)
    expect(announcedMss(path(1500, a4), 9000)).toBe(1460)
    const packet = memory.packet()
    packet.src = a4
    expect(peerMss(new TcpConfig(), packet, 0)).toBe(536)
    packet.src = a6
    expect(peerMss(new TcpConfig(), packet, 0)).toBe(1220)
    packet.optionBits = TcpOption.MSS
    packet.mss = 0
    expect(peerMss(new TcpConfig(), packet, 0)).toBe(48)
    packet.mss = 48
    expect(peerMss(new TcpConfig(), packet, 0)).toBe(48)
    packet.mss = 1400
    expect(peerMss(new TcpConfig(), packet, 600)).toBe(600)
  })
})
