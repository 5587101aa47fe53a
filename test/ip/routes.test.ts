import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PrefixTable } from '../../src/ip/prefix-table.ts'
import { Address } from '../../src/wire/address.ts'
import {
  EACCES,
  EEXIST,
  EHOSTUNREACH,
  EINVAL,
  ENETDOWN,
  ENETUNREACH,
  ENODEV,
  ENOENT,
  ESRCH,
} from '../../src/wire/errno.ts'
import { isInPrefix, networkOf } from '../../src/wire/parse.ts'
import { at, type IpHost, IpNet, routed, two } from '../support/ip.ts'

const list = (host: IpHost): string[] =>
  host.ip
    .routes()
    .map(
      (one) =>
        `${one.destination}/${one.prefixLength} ${one.gateway ?? '-'} ${one.iface.name} ${one.metric} ${one.protocol}`,
    )

describe('the routing table', () => {
  it('[4632-5.1-a, 4632-3.1, 4632-5.1-c] finds the longest matching prefix, whatever the table', () => {
    const word = fc.integer({ min: -0x80000000, max: 0x7fffffff })
    const prefix = fc.tuple(word, fc.integer({ min: 0, max: 32 }))
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 40 }), word, fc.boolean(), (prefixes, asked, near) => {
        const table = new PrefixTable<{ destination: Address; prefixLength: number; id: number }>()
        const entries = prefixes.map(([w, prefixLength], id) => ({
          destination: networkOf(Address.v4(w), prefixLength),
          prefixLength,
          id,
        }))
        for (const entry of entries) table.add(entry)
        const address = Address.v4(near && prefixes[0] !== undefined ? prefixes[0][0] ^ (asked & 255) : asked)
        const fits = entries.filter((one) => isInPrefix(address, one.destination, one.prefixLength))
        const longest = Math.max(-1, ...fits.map((one) => one.prefixLength))
        expect(table.match(address)).toBe(fits.find((one) => one.prefixLength === longest) ?? null)
        for (const entry of entries) expect(table.remove(entry)).toBe(true)
        expect(table.match(address)).toBeNull()
        expect(table.size).toBe(0)
      }),
    )
  })

  it('the same for IPv6', () => {
    const word = fc.integer({ min: -0x80000000, max: 0x7fffffff })
    const address = fc.tuple(word, word, word, word).map(([a, b, c, d]) => Address.v6(a, b, c, d))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(address, fc.integer({ min: 0, max: 128 })), { maxLength: 30 }),
        address,
        (prefixes, asked) => {
          const table = new PrefixTable<{ destination: Address; prefixLength: number }>()
          const entries = prefixes.map(([a, prefixLength]) => ({
            destination: networkOf(a, prefixLength),
            prefixLength,
          }))
          for (const entry of entries) table.add(entry)
          for (const one of [asked, ...prefixes.map(([a]) => a)]) {
            const longest = Math.max(
              -1,
              ...entries.filter((e) => isInPrefix(one, e.destination, e.prefixLength)).map((e) => e.prefixLength),
            )
            expect(table.match(one)?.prefixLength ?? -1).toBe(longest)
          }
        },
      ),
    )
  })

  it('[1122-3.2.1.3-a, 1122-3.2.2.9-a, 950-2.2, 1122-3.3.1.1-a] an address makes its connected route and local entries', () => {
    const { a } = two()
    expect(list(a)).toEqual(['10.0.0.0/24 - eth0 0 kernel'])
    const local = a.ip
      .localRoutes()
      .map((one) => `${one.kind} ${one.destination}/${one.prefixLength} ${one.iface.name}`)
    expect(local).toEqual(
      expect.arrayContaining([
        'local 10.0.0.1/32 eth0',
        'broadcast 10.0.0.255/32 eth0',
        'local 127.0.0.0/8 lo',
        'local 127.0.0.1/32 lo',
        'broadcast 127.255.255.255/32 lo',
        'local ::1/128 lo',
      ]),
    )
    expect(a.path('10.0.0.77')).toMatchObject({ gateway: null, isLocal: false })
    expect(a.ip.path(at('10.0.1.1'))).toBe(-ENETUNREACH)
    expect(a.address('10.0.0.1/24')).toBe(-EEXIST)
    expect(a.ip.removeAddress(a.eth, at('10.0.0.1'))).toBe(0)
    expect(list(a)).toEqual([])
    expect(a.ip.isLocal(at('10.0.0.1'))).toBe(false)
    expect(a.ip.isBroadcast(at('10.0.0.255'))).toBe(false)
  })

  it.each(['224.0.0.5/24', '0.0.0.0/24', '255.255.255.255/32', 'ff02::1/64', '::/64'])(
    '%s is no address of a host',
    (cidr) => {
      const { a } = two()
      expect(a.address(cidr)).toBe(-EINVAL)
    },
  )

  it('a second address of a subnet is secondary: it goes with the first, or is promoted', () => {
    const { a } = two()
    a.address('10.0.0.5/24')
    expect(
      a.ip
        .addresses(a.eth)
        .filter((one) => one.address.family === 4)
        .map((one) => one.secondary),
    ).toEqual([false, true])
    expect(list(a)).toEqual(['10.0.0.0/24 - eth0 0 kernel'])
    a.ip.removeAddress(a.eth, at('10.0.0.1'))
    expect(a.ip.isLocal(at('10.0.0.5'))).toBe(false)
    a.address('10.0.0.1/24')
    a.address('10.0.0.5/24')
    a.sysctl('net.ipv4.conf.all.promote_secondaries', 1)
    a.ip.removeAddress(a.eth, at('10.0.0.1'))
    expect(a.ip.isLocal(at('10.0.0.5'))).toBe(true)
    expect(list(a)).toEqual(['10.0.0.0/24 - eth0 0 kernel'])
    expect(String(a.path('10.0.0.9').local)).toBe('10.0.0.5')
  })

  it('[1122-3.3.1.2-c, 1122-3.3.1.6] static routes, with the errors of ip route', () => {
    const { a } = two()
    expect(a.route('10.1.0.0/16', '10.0.0.2')).toBe(0)
    expect(a.route('10.1.0.0/16', '10.0.0.3')).toBe(-EEXIST)
    expect(a.route('10.1.0.0/16', '10.0.0.3', { metric: 5 })).toBe(0)
    expect(a.route('10.2.0.0/16', '10.9.0.1')).toBe(-ENETUNREACH)
    expect(a.route('10.2.0.0/16', '10.0.0.1')).toBe(-EINVAL)
    expect(a.route('10.2.0.0/16')).toBe(-ENODEV)
    expect(a.route('10.2.0.1/16', null, { iface: a.eth })).toBe(-EINVAL)
    expect(a.route('10.2.0.0/16', null, { iface: a.eth, source: at('1.2.3.4') })).toBe(-EINVAL)
    expect(a.route('10.2.0.0/16', '10.0.0.2', {}, 'change')).toBe(-ENOENT)
    expect(a.route('10.1.0.0/16', '10.0.0.4', {}, 'replace')).toBe(0)
    expect(a.route('10.1.0.0/16', '10.0.0.4', {}, 'append')).toBe(-EEXIST)
    expect(a.route('10.1.0.0/16', '10.0.0.5', {}, 'append')).toBe(0)
    expect(list(a)).toEqual([
      '10.0.0.0/24 - eth0 0 kernel',
      '10.1.0.0/16 10.0.0.4 eth0 0 boot',
      '10.1.0.0/16 10.0.0.5 eth0 0 boot',
      '10.1.0.0/16 10.0.0.3 eth0 5 boot',
    ])
    const prefix = { destination: at('10.1.0.0'), prefixLength: 16 }
    expect(a.ip.deleteRoute({ ...prefix, gateway: at('10.0.0.5') })).toBe(0)
    expect(a.ip.deleteRoute({ ...prefix, gateway: at('10.0.0.5') })).toBe(-ESRCH)
    expect(a.ip.deleteRoute({ destination: at('10.7.0.0'), prefixLength: 16 })).toBe(-ESRCH)
    a.eth.up = false
    expect(a.route('10.3.0.0/16', null, { iface: a.eth })).toBe(-ENETDOWN)
  })

  it('the lowest metric wins, then the order', () => {
    const { a } = two()
    a.route('default', '10.0.0.3', { metric: 100 })
    a.route('default', '10.0.0.2', { metric: 10 })
    expect(a.path('1.1.1.1')).toMatchObject({ gateway: at('10.0.0.2') })
    a.ip.deleteRoute({ destination: at('0.0.0.0'), prefixLength: 0, metric: 10 })
    expect(a.path('1.1.1.1')).toMatchObject({ gateway: at('10.0.0.3') })
  })

  it('[4632-5.1-b] blackhole, unreachable and prohibit', () => {
    const { a } = two()
    a.route('default', '10.0.0.2')
    a.route('10.1.0.0/16', null, { type: 'blackhole' })
    a.route('10.2.0.0/16', null, { type: 'unreachable' })
    a.route('10.3.0.0/16', null, { type: 'prohibit' })
    expect(a.ip.path(at('10.1.1.1'))).toBe(-EINVAL)
    expect(a.ip.path(at('10.2.1.1'))).toBe(-EHOSTUNREACH)
    expect(a.ip.path(at('10.3.1.1'))).toBe(-EACCES)
    expect(typeof a.ip.path(at('10.4.1.1'))).toBe('object')
  })

  it('[1122-3.3.1.1-b] without any gateway the link still works', () => {
    const { net, a, b } = two()
    a.send('10.0.0.2')
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    expect(a.send('8.8.8.8')).toBe(-ENETUNREACH)
    expect(a.mib('IpOutNoRoutes')).toBe(1)
  })

  it('[1122-3.3.4.2-c, 1122-3.3.4.2-b, 1122-3.2.1.3-b] the source is chosen, or the caller’s if it is ours', () => {
    const { a } = two()
    const second = a.interface(['192.168.5.1/24'])
    a.address('10.0.0.7/24')
    expect(String(a.path('10.0.0.2').local)).toBe('10.0.0.1')
    expect(String(a.path('192.168.5.9').local)).toBe('192.168.5.1')
    expect(String(a.path('10.0.0.2', { local: at('10.0.0.7') }).local)).toBe('10.0.0.7')
    a.route('10.8.0.0/16', '10.0.0.2', { source: at('10.0.0.7') })
    expect(String(a.path('10.8.0.1').local)).toBe('10.0.0.7')
    expect(a.ip.path(at('10.0.0.2'), { local: at('10.0.0.99') })).toBe(-EINVAL)
    expect(typeof a.ip.path(at('10.0.0.2'), { local: at('10.0.0.99'), freebind: true })).toBe('object')
    for (const bad of ['224.0.0.1', '255.255.255.255', '127.0.0.1'])
      expect(a.ip.path(at('10.0.0.2'), { local: at(bad) })).toBe(-EINVAL)
    expect(a.path('10.0.0.2', { iface: second }).iface).toBe(second)
  })

  it('[1122-3.2.1.3-d, 1122-3.2.1.3-c] no broadcast and no unspecified address is ever chosen as source', () => {
    const net = new IpNet()
    const host = net.host('x')
    host.interface([])
    expect(host.ip.path(at('10.0.0.1'))).toBe(-ENETUNREACH)
    expect(host.ip.path(at('255.255.255.255'), { iface: host.eth })).toBe(-ENETUNREACH)
  })

  it('0.0.0.0 and :: mean this host', () => {
    const { a } = two()
    expect(a.path('0.0.0.0')).toMatchObject({ remote: at('127.0.0.1'), isLocal: true })
    expect(a.path('::')).toMatchObject({ remote: at('::1'), isLocal: true })
  })

  it('[1122-3.3.1.2-a, 1122-3.3.1.5, 1122-3.3.1.4-a, 1122-3.3.1.4-c] another default gateway takes over from a dead one', () => {
    const { net, a, b } = two()
    a.route('default', '10.0.0.9')
    a.route('default', '10.0.0.2', {}, 'append')
    b.sysctl('net.ipv4.ip_forward', 1)
    const path = a.path('1.1.1.1')
    a.send('1.1.1.1')
    net.pass(4)
    expect(a.neighbour('10.0.0.9')).toBe('FAILED')
    expect(path.mtu).toBe(1500)
    expect(path).toMatchObject({ gateway: at('10.0.0.2') })
    a.send('1.1.1.1')
    net.run()
    expect(b.mib('IpExtInNoRoutes')).toBe(1)
  })

  it('an interface that is down has no routes; paths come back with it', () => {
    const { a } = two()
    const path = a.path('10.0.0.2')
    a.eth.up = false
    expect(a.ip.path(at('10.0.0.2'))).toBe(-ENETUNREACH)
    expect(a.ip.send(a.net.memory.packet(), path)).toBe(-ENETUNREACH)
    a.eth.up = true
    expect(typeof a.ip.path(at('10.0.0.2'))).toBe('object')
  })

  it('a path looks itself up again when routes change', () => {
    const { a, r, b, net } = routed()
    const path = a.path('10.0.2.1')
    a.send('10.0.2.1')
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    a.ip.deleteRoute({ destination: at('0.0.0.0'), prefixLength: 0 })
    const packet = a.net.memory.packet()
    packet.dst = at('10.0.2.1')
    expect(a.ip.send(packet, path)).toBe(-ENETUNREACH)
    expect(r.mib('IpForwDatagrams')).toBe(1)
  })

  it('[6724-5-a, 6724-4-b] IPv6 sources: the same scope, then the longest prefix', () => {
    const { a } = two()
    a.address('fe80::1/64')
    a.address('2001:db9::1/64')
    expect(String(a.path('2001:db8::2').local)).toBe('2001:db8::1')
    expect(String(a.path('2001:db9::2').local)).toBe('2001:db9::1')
    expect(String(a.path('fe80::2', { iface: a.eth }).local)).toBe('fe80::1')
    expect(String(a.path('ff02::1', { iface: a.eth }).local)).toBe('fe80::1')
    expect(a.ip.path(at('fe80::2'))).toBe(-EINVAL)
  })
})
