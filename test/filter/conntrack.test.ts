/** Connection tracking: what `ct state` says of packets on whole hosts, for how long, and when there is no more room. */
import { afterEach, describe, expect, test } from 'vitest'
import { runNft } from '../../src/filter/index.ts'
import { firewallOf } from '../../src/host/firewall.ts'
import type { Host, Process } from '../../src/host/index.ts'
import { Network } from '../../src/network/index.ts'
import {
  AF_INET,
  AF_INET6,
  IP_HDRINCL,
  SO_LINGER,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_IP,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Reason } from '../../src/wire/reason.ts'
import { Mib } from '../../src/wire/telemetry.ts'

const nets: Network[] = []
afterEach(async () => {
  for (const one of nets.splice(0)) await one.close()
})

const load = (host: Host, text: string): void => {
  expect(runNft(firewallOf(host), text, { file: '-' })).toMatchObject({ stderr: '', code: 0 })
}

/** client 10.0.1.2 (fd01::2) - router .1/.1 - server 10.0.2.2 (fd02::2). */
const routed = (packets: 'records' | 'bytes' = 'records') => {
  const net = new Network({ seed: 6, packets })
  nets.push(net)
  const client = net.host('client', { address: '10.0.1.2/24' })
  const router = net.host('router', { address: '10.0.1.1/24' })
  const server = net.host('server', { address: '10.0.2.2/24' })
  net.link(client, router)
  net.link(router, server)
  const at = (text: string) => parseAddress(text) as NonNullable<ReturnType<typeof parseAddress>>
  const eth = (host: Host, index: number) => host.ip.interfaces[index] as (typeof host.ip.interfaces)[number]
  router.ip.addAddress(eth(router, 2), at('10.0.2.1'), 24)
  router.ip.addAddress(eth(router, 1), at('fd01::1'), 64)
  router.ip.addAddress(eth(router, 2), at('fd02::1'), 64)
  client.ip.addAddress(eth(client, 1), at('fd01::2'), 64)
  server.ip.addAddress(eth(server, 1), at('fd02::2'), 64)
  for (const [host, four, six] of [
    [client, '10.0.1.1', 'fd01::1'],
    [server, '10.0.2.1', 'fd02::1'],
  ] as const) {
    host.ip.addRoute({ destination: at('0.0.0.0'), prefixLength: 0, gateway: at(four) })
    host.ip.addRoute({ destination: at('::'), prefixLength: 0, gateway: at(six) })
  }
  router.sysctl.set('net.ipv4.ip_forward', '1')
  router.sysctl.set('net.ipv6.conf.all.forwarding', '1')
  // There is no neighbour discovery yet: everybody knows everybody.
  for (const [host, index, other, otherIndex, address] of [
    [client, 1, router, 1, 'fd01::1'],
    [router, 1, client, 1, 'fd01::2'],
    [router, 2, server, 1, 'fd02::2'],
    [server, 1, router, 2, 'fd02::1'],
  ] as const)
    host.ip.neighbours6.set(at(address), eth(host, index), eth(other, otherIndex).mac, 'PERMANENT')
  return { net, client, router, server }
}

/** Counters of the chain's rules, in order. */
const counts = (host: Host, chain = 'forward'): number[] =>
  firewallOf(host)
    .list(chain)
    .map((rule) => {
      const counter = rule.statements.find(({ kind }) => kind === 'counter')
      return counter?.kind === 'counter' ? counter.packets : -1
    })

const STATES = (chain: string): string => `table inet filter {
  chain ${chain} {
    type filter hook ${chain} priority filter; policy accept;
    ct state new counter accept
    ct state established counter accept
    ct state related counter accept
    ct state invalid counter accept
    counter
  }
}`

const listen = (host: Host, address: string, port: number): Process => {
  const p = host.process('server')
  const l = p.socket(address.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM)
  expect(p.bind(l, { address, port })).toBe(0)
  expect(p.listen(l, 8)).toBe(0)
  return p
}

describe.each(['records', 'bytes'] as const)('through a router, %s', (packets) => {
  test.each([
    ['IPv4', AF_INET, '10.0.2.2'],
    ['IPv6', AF_INET6, 'fd02::2'],
  ])('%s: the first segment is new, everything after it established', async (_name, family, address) => {
    const { net, client, router, server } = routed(packets)
    load(router, STATES('forward'))
    listen(server, address, 80)
    const p = client.process('client')
    const c = p.socket(family, SOCK_STREAM)
    await p.promises.connect(c, { address, port: 80 })
    p.send(c, new Uint8Array(10))
    await net.runFor('1s')
    const [fresh, established, related, invalid, rest] = counts(router)
    expect([fresh, related, invalid, rest]).toEqual([1, 0, 0, 0])
    expect(established).toBeGreaterThanOrEqual(3)
    expect(firewallOf(router).conntrack.size).toBe(1)
  })

  test.each([
    ['IPv4', AF_INET, '10.0.2.2'],
    ['IPv6', AF_INET6, 'fd02::2'],
  ])('%s: fragments are put together before rules, and cut again on their way out', async (_name, family, address) => {
    const { net, client, router, server } = routed(packets)
    load(router, STATES('forward'))
    load(router, 'insert rule inet filter forward udp dport 5000 counter')
    const q = server.process('server')
    const s = q.socket(family, SOCK_DGRAM | SOCK_NONBLOCK)
    q.bind(s, { address, port: 5000 })
    const p = client.process('client')
    const c = p.socket(family, SOCK_DGRAM)
    const sent = Uint8Array.from({ length: 4000 }, (_, i) => i & 255)
    expect(p.sendto(c, sent, 0, { address, port: 5000 })).toBe(4000)
    await net.runFor('1s')
    const got = new Uint8Array(5000)
    expect(q.recv(s, got)).toBe(4000)
    expect(got.subarray(0, 4000)).toEqual(sent)
    // One packet to the rules, where three fragments came; none without ports, none invalid.
    expect(counts(router).slice(0, 5)).toEqual([1, 1, 0, 0, 0])
    expect(server.ip.interfaces[1]?.stats.rxPackets).toBeGreaterThanOrEqual(3)
  })

  test('a fragment that never gets its others is silently forgotten by a router', async () => {
    const { net, client, router, server } = routed(packets)
    load(router, STATES('forward'))
    const p = client.process('client')
    const raw = p.socket(AF_INET, SOCK_RAW, 17)
    p.setsockopt(raw, SOL_IP, IP_HDRINCL, 1)
    const header = [0x45, 0, 0, 36, 0, 9, 0x20, 0, 64, 17, 0, 0, 10, 0, 1, 2, 10, 0, 2, 2]
    const fragment = Uint8Array.of(...header, 0x10, 0, 0x13, 0x88, 0, 40, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
    expect(p.sendto(raw, fragment, 0, { address: '10.0.2.2', port: 0 })).toBe(36)
    const before = router.ctx.telemetry.counts[Reason.IpReassemblyTimeout] ?? 0
    await net.runFor('40s')
    expect((router.ctx.telemetry.counts[Reason.IpReassemblyTimeout] ?? 0) - before).toBe(1)
    expect(counts(router)).toEqual([0, 0, 0, 0, 0])
    expect(server.ip.interfaces[1]?.stats.rxPackets).toBe(0)
    // Time exceeded is the destination's to tell.
    expect(client.ctx.telemetry.mib[Mib.IcmpInTimeExcds]).toBe(0)
  })
})

describe('what is related', () => {
  test('an ICMP error about a connection known, and none about others', async () => {
    const { net, client, router } = routed()
    load(router, STATES('forward'))
    const p = client.process('client')
    const u = p.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK)
    p.connect(u, { address: '10.0.2.2', port: 9 })
    p.send(u, new Uint8Array(3))
    await net.runFor('1s')
    expect(counts(router)).toEqual([1, 0, 1, 0, 0])
    expect(p.recv(u, new Uint8Array(9))).toBe(-111)
    // The same error again, its connection forgotten.
    firewallOf(router).conntrack.clear()
    const error = Uint8Array.of(
      3,
      3,
      0,
      0,
      0,
      0,
      0,
      0,
      0x45,
      0,
      0,
      31,
      0,
      0,
      0x40,
      0,
      64,
      17,
      0,
      0,
      10,
      0,
      1,
      2,
      10,
      0,
      2,
      2,
    )
    const s = net.host('server').process('liar')
    const raw = s.socket(AF_INET, SOCK_RAW, 1)
    const message = Uint8Array.of(...error, 0x80, 1, 0, 9, 0, 11, 0, 0)
    let sum = 0
    for (let i = 0; i < message.length; i += 2) sum += ((message[i] as number) << 8) | (message[i + 1] as number)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    message[2] = (~sum >> 8) & 255
    message[3] = ~sum & 255
    s.sendto(raw, message, 0, { address: '10.0.1.2', port: 0 })
    await net.runFor('1s')
    expect(counts(router)).toEqual([1, 0, 1, 1, 0])
  })

  test('echo: request new, reply established; both expire after icmp_timeout', async () => {
    const { net, client, router } = routed()
    load(router, STATES('forward'))
    const p = client.process('ping')
    const c = p.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 1)
    const echo = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 1)
    p.sendto(c, echo, 0, { address: '10.0.2.2', port: 0 })
    await net.runFor('1s')
    expect(counts(router)).toEqual([1, 1, 0, 0, 0])
    expect(firewallOf(router).conntrack.size).toBe(1)
    await net.runFor('28s')
    expect(firewallOf(router).conntrack.size).toBe(1)
    await net.runFor('2s')
    expect(firewallOf(router).conntrack.size).toBe(0)
  })
})

describe('how long', () => {
  const scene = async () => {
    const made = routed()
    const { client, router, server } = made
    load(router, STATES('forward'))
    const q = listen(server, '10.0.2.2', 80)
    const p = client.process('client')
    const { conntrack } = firewallOf(router)
    const set = (name: string, value: number): void => {
      expect(router.sysctl.set(`net.netfilter.nf_conntrack_${name}`, String(value))).toBe(0)
    }
    /** Seconds until the table is empty, to the second. */
    const life = async (): Promise<number> => {
      for (let i = 0; i <= 1000; i++) {
        if (conntrack.size === 0) return i
        await made.net.runFor('1s')
      }
      return Infinity
    }
    const connect = async (): Promise<[c: number, s: number]> => {
      const c = p.socket(AF_INET, SOCK_STREAM)
      await p.promises.connect(c, { address: '10.0.2.2', port: 80 })
      return [c, (await q.promises.accept(3)).fd]
    }
    return { ...made, p, q, set, life, connect, conntrack }
  }

  test('a SYN without an answer: tcp_timeout_syn_sent', async () => {
    const { net, client, server, p, set, life } = await scene()
    await client
      .process('warm')
      .promises.connectResult(client.process('x').socket(AF_INET, SOCK_STREAM), { address: '10.0.2.2', port: 81 })
    firewallOf(net.host('router')).conntrack.clear()
    net.partition(net.host('router'), server)
    set('tcp_timeout_syn_sent', 20)
    const c = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    p.connect(c, { address: '10.0.2.2', port: 80 })
    await net.runFor('10ms')
    p.close(c)
    expect(await life()).toBe(20)
  })

  test('established, fin_wait, close_wait, time_wait, close: each its own', async () => {
    const { net, p, q, set, life, connect, conntrack } = await scene()
    for (const [i, name] of ['established', 'fin_wait', 'close_wait', 'last_ack', 'time_wait', 'close'].entries())
      set(`tcp_timeout_${name}`, 100 + 10 * i)
    await connect()
    expect(await life()).toBeGreaterThanOrEqual(100)
    // Half closed: the ACK of the FIN makes it CLOSE-WAIT.
    const [half] = await connect()
    p.shutdown(half, 1)
    await net.runFor('100ms')
    expect(await life()).toBe(120)
    const [, first] = await connect()
    q.shutdown(first, 1)
    await net.runFor('100ms')
    expect(await life()).toBe(120)
    const [both, served] = await connect()
    p.close(both)
    await net.runFor('100ms')
    q.close(served)
    await net.runFor('100ms')
    expect(await life()).toBe(140)
    const [reset] = await connect()
    p.setsockopt(reset, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 })
    p.close(reset)
    await net.runFor('100ms')
    expect(await life()).toBe(150)
    // A SYN that is refused leaves nothing behind.
    const refused = p.socket(AF_INET, SOCK_STREAM)
    expect(await p.promises.connectResult(refused, { address: '10.0.2.2', port: 81 })).toBe(-111)
    expect(conntrack.size).toBe(0)
  })

  test('UDP: one way, both ways, a stream', async () => {
    const { net, server, p, set, life } = await scene()
    set('udp_timeout', 11)
    set('udp_timeout_stream', 77)
    const q = server.process('echo')
    const s = q.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK)
    q.bind(s, { address: '10.0.2.2', port: 7 })
    const c = p.socket(AF_INET, SOCK_DGRAM)
    p.bind(c, { address: '10.0.1.2', port: 700 })
    const there = (): number => p.sendto(c, new Uint8Array(1), 0, { address: '10.0.2.2', port: 7 })
    const back = (): number => q.sendto(s, new Uint8Array(1), 0, { address: '10.0.1.2', port: 700 })
    there()
    await net.runFor('1ms')
    expect(await life()).toBe(11)
    there()
    await net.runFor('1ms')
    back()
    await net.runFor('1ms')
    expect(await life()).toBe(11)
    there()
    await net.runFor('1ms')
    back()
    await net.runFor('3s')
    there()
    await net.runFor('1ms')
    expect(await life()).toBe(77)
  })

  test('a port used again after the end begins a new connection; one that is not known is taken up, if it may be', async () => {
    const { net, router, p, q, set, conntrack } = await scene()
    const from = async (): Promise<[c: number, s: number]> => {
      const c = p.socket(AF_INET, SOCK_STREAM)
      p.setsockopt(c, SOL_SOCKET, SO_REUSEADDR, 1)
      expect(p.bind(c, { address: '10.0.1.2', port: 6000 })).toBe(0)
      await p.promises.connect(c, { address: '10.0.2.2', port: 80 })
      return [c, (await q.promises.accept(3)).fd]
    }
    const [c, s] = await from()
    p.close(c)
    await net.runFor('10ms')
    q.close(s)
    await net.runFor('1200ms')
    expect(counts(router)[0]).toBe(1)
    const [again] = await from()
    await net.runFor('100ms')
    expect(counts(router)[0]).toBe(2)
    expect(conntrack.size).toBe(1)
    // Forgotten in the middle: an ACK is enough to be taken up, unless tcp_loose is off.
    conntrack.clear()
    p.send(again, new Uint8Array(1))
    await net.runFor('100ms')
    expect([counts(router)[0], counts(router)[3]]).toEqual([3, 0])
    conntrack.clear()
    set('tcp_loose', 0)
    p.send(again, new Uint8Array(1))
    await net.runFor('100ms')
    expect(counts(router)[0]).toBe(3)
    expect(counts(router)[3]).toBeGreaterThan(0)
  })
})

describe('no more room', () => {
  const scene = (max: number) => {
    const made = routed()
    load(made.router, STATES('forward'))
    expect(made.router.sysctl.set('net.netfilter.nf_conntrack_max', String(max))).toBe(0)
    const p = made.client.process('client')
    const send = async (port: number): Promise<void> => {
      const c = p.socket(AF_INET, SOCK_DGRAM)
      p.sendto(c, new Uint8Array(1), 0, { address: '10.0.2.2', port })
      p.close(c)
      await made.net.runFor('10ms')
    }
    return { ...made, p, send, conntrack: firewallOf(made.router).conntrack }
  }

  test('who is not assured makes way, the one unused longest first', async () => {
    const { router, server, send, conntrack } = scene(2)
    const q = server.process('sink')
    for (const port of [1001, 1002, 1003]) q.bind(q.socket(AF_INET, SOCK_DGRAM), { address: '10.0.2.2', port })
    for (const port of [1001, 1002, 1003]) await send(port)
    expect(conntrack.size).toBe(2)
    expect(counts(router)).toEqual([3, 0, 0, 0, 0])
    expect(router.sysctl.get('net.netfilter.nf_conntrack_count')).toBe('2')
    expect(router.ctx.telemetry.counts[Reason.ConntrackFull] ?? 0).toBe(0)
  })

  test('assured connections stay: a new one is dropped until one is over', async () => {
    const { net, router, server, p, send, conntrack } = scene(1)
    listen(server, '10.0.2.2', 80)
    await p.promises.connect(p.socket(AF_INET, SOCK_STREAM), { address: '10.0.2.2', port: 80 })
    await net.runFor('100ms')
    await send(1001)
    expect(conntrack.size).toBe(1)
    expect(router.ctx.telemetry.counts[Reason.ConntrackFull]).toBe(1)
    expect(counts(router)[0]).toBe(1)
    await net.runFor('432000s')
    await send(1001)
    expect(counts(router)[0]).toBe(2)
  })
})

describe('settings', () => {
  test("Linux's names and defaults, once the host has a firewall", () => {
    const { router } = routed()
    expect(router.sysctl.has('net.netfilter.nf_conntrack_max')).toBe(false)
    firewallOf(router)
    const values = router.sysctl
      .list()
      .filter((name) => name.startsWith('net.netfilter.'))
      .map((name) => `${name.slice(14)} = ${router.sysctl.get(name)}`)
    expect(values).toEqual([
      'nf_conntrack_buckets = 4096',
      'nf_conntrack_count = 0',
      'nf_conntrack_generic_timeout = 600',
      'nf_conntrack_icmp_timeout = 30',
      'nf_conntrack_icmpv6_timeout = 30',
      'nf_conntrack_max = 65536',
      'nf_conntrack_tcp_loose = 1',
      'nf_conntrack_tcp_timeout_close = 10',
      'nf_conntrack_tcp_timeout_close_wait = 60',
      'nf_conntrack_tcp_timeout_established = 432000',
      'nf_conntrack_tcp_timeout_fin_wait = 120',
      'nf_conntrack_tcp_timeout_last_ack = 30',
      'nf_conntrack_tcp_timeout_syn_recv = 60',
      'nf_conntrack_tcp_timeout_syn_sent = 120',
      'nf_conntrack_tcp_timeout_time_wait = 120',
      'nf_conntrack_udp_timeout = 30',
      'nf_conntrack_udp_timeout_stream = 120',
    ])
    expect(router.sysctl.set('net.netfilter.nf_conntrack_count', '5')).toBe(-13)
    expect(router.sysctl.set('net.netfilter.nf_conntrack_max', 'x')).toBe(-22)
    expect(router.sysctl.set('net.netfilter.nf_conntrack_tcp_loose', '2')).toBe(-22)
  })
})

describe('chains', () => {
  test('jump comes back, goto does not, return ends a chain; the forward chain decides about what goes through', async () => {
    const { net, client, router, server } = routed()
    load(
      router,
      `table inet filter {
        chain sub { counter; tcp dport 81 return; tcp dport { 81, 83 } drop; tcp dport 82 accept; tcp dport 83 drop }
        chain last { tcp dport 85 accept }
        chain forward {
          type filter hook forward priority filter; policy drop;
          ct state established accept
          tcp dport 80-83 jump sub
          tcp dport 80-81 counter accept
          tcp dport 84-85 goto last
          counter accept
        }
        chain input { type filter hook input priority filter; policy accept; counter }
      }`,
    )
    for (const port of [80, 81, 82, 83, 84, 85, 86]) listen(server, '10.0.2.2', port)
    const p = client.process('client')
    const open = async (port: number): Promise<boolean> => {
      const c = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
      p.connect(c, { address: '10.0.2.2', port })
      await net.runFor('100ms')
      const entry = { fd: c, events: 4, revents: 0 }
      p.poll([entry])
      p.close(c)
      return (entry.revents & 4) !== 0
    }
    const reached: Record<number, boolean> = {}
    for (const port of [80, 81, 82, 83, 84, 85, 86]) reached[port] = await open(port)
    // 84: `last` says nothing, and a goto does not come back, so the policy decides.
    expect(reached).toEqual({ 80: true, 81: true, 82: true, 83: false, 84: false, 85: true, 86: true })
    expect(counts(router, 'sub')[0]).toBe(4)
    expect(router.ctx.telemetry.counts[Reason.FilterDrop]).toBe(1)
    expect(router.ctx.telemetry.counts[Reason.FilterPolicy]).toBe(1)
    // What goes through does not come by the input chain.
    expect(counts(router, 'input')).toEqual([0])
  })

  test('IPv6: addresses, reject with ICMPv6, tables of one family', async () => {
    const { client, router, server } = routed()
    load(
      router,
      `table ip6 six {
        chain f {
          type filter hook forward priority 0;
          ip6 daddr fd02::/64 tcp dport 81 reject with icmpv6 admin-prohibited
          ip6 saddr fd01::2 tcp dport 82 reject with tcp reset
          ip6 nexthdr icmpv6 counter drop
        }
      }
      table ip four { chain f { type filter hook forward priority 0; counter drop } }`,
    )
    for (const port of [80, 81, 82]) listen(server, 'fd02::2', port)
    const p = client.process('client')
    const connect = (port: number): Promise<number> =>
      p.promises.connectResult(p.socket(AF_INET6, SOCK_STREAM), { address: 'fd02::2', port })
    expect(await connect(80)).toBe(0)
    expect(await connect(81)).toBe(-13)
    expect(await connect(82)).toBe(-111)
  })

  test('jumps in a circle are refused', () => {
    const { router } = routed()
    const firewall = firewallOf(router)
    load(router, 'add table inet t\nadd chain inet t a\nadd chain inet t b\nadd rule inet t a jump b')
    expect(runNft(firewall, 'add rule inet t b jump a').stderr).toContain('Too many links')
    expect(runNft(firewall, 'delete chain inet t b').stderr).toContain('Device or resource busy')
  })
})
