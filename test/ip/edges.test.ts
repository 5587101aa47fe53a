import { describe, expect, it } from 'vitest'
import type { InterfaceConfig } from '../../src/ip/interface-config.ts'
import type { NetworkInterface } from '../../src/link/index.ts'
import { MAC_BROADCAST, MAC_NONE } from '../../src/wire/address.ts'
import { ArpOperation } from '../../src/wire/arp.ts'
import { EINVAL, ENODEV } from '../../src/wire/errno.ts'
import { EtherType, Fragment, Protocol } from '../../src/wire/packet.ts'
import { at, type IpHost, routed, two } from '../support/ip.ts'
import { makePacket } from '../support/packets.ts'

const arp = (host: IpHost, sender: string, target: string): void => {
  const packet = makePacket(host.net.memory, {
    etherType: EtherType.ARP,
    icmpType: ArpOperation.REQUEST,
    src: at(sender),
    dst: at(target),
    srcMac: host.eth.mac,
    dstMac: MAC_BROADCAST,
  })
  packet.arpSource = host.eth.mac
  packet.arpTarget = MAC_NONE
  host.eth.send(packet)
}

describe('settings', () => {
  it('[1122-2.3.2.1-b, 1122-3.2.1.7-c] sysctls have Linux’s names and defaults', () => {
    expect(two().a.ip.sysctls.map((one) => `${one.name} ${one.get()}`)).toEqual([
      'net.ipv4.ip_forward 0',
      'net.ipv4.conf.all.forwarding 0',
      'net.ipv4.conf.all.rp_filter 0',
      'net.ipv4.conf.all.accept_source_route 0',
      'net.ipv4.conf.all.accept_redirects 1',
      'net.ipv4.conf.all.secure_redirects 1',
      'net.ipv4.conf.all.send_redirects 1',
      'net.ipv4.conf.all.shared_media 1',
      'net.ipv4.conf.all.accept_local 0',
      'net.ipv4.conf.all.route_localnet 0',
      'net.ipv4.conf.all.promote_secondaries 0',
      'net.ipv4.conf.all.arp_accept 0',
      'net.ipv4.conf.all.arp_announce 0',
      'net.ipv4.conf.all.arp_ignore 0',
      'net.ipv4.conf.all.arp_notify 0',
      'net.ipv4.conf.all.drop_unicast_in_l2_multicast 0',
      'net.ipv4.conf.all.drop_gratuitous_arp 0',
      'net.ipv4.conf.default.forwarding 0',
      'net.ipv4.conf.default.rp_filter 0',
      'net.ipv4.conf.default.accept_source_route 1',
      'net.ipv4.conf.default.accept_redirects 1',
      'net.ipv4.conf.default.secure_redirects 1',
      'net.ipv4.conf.default.send_redirects 1',
      'net.ipv4.conf.default.shared_media 1',
      'net.ipv4.conf.default.accept_local 0',
      'net.ipv4.conf.default.route_localnet 0',
      'net.ipv4.conf.default.promote_secondaries 0',
      'net.ipv4.conf.default.arp_accept 0',
      'net.ipv4.conf.default.arp_announce 0',
      'net.ipv4.conf.default.arp_ignore 0',
      'net.ipv4.conf.default.arp_notify 0',
      'net.ipv4.conf.default.drop_unicast_in_l2_multicast 0',
      'net.ipv4.conf.default.drop_gratuitous_arp 0',
      'net.ipv4.ip_default_ttl 64',
      'net.ipv4.ip_no_pmtu_disc 0',
      'net.ipv4.ip_nonlocal_bind 0',
      'net.ipv4.ip_forward_use_pmtu 0',
      'net.ipv4.icmp_echo_ignore_all 0',
      'net.ipv4.icmp_echo_ignore_broadcasts 1',
      'net.ipv4.icmp_errors_use_inbound_ifaddr 0',
      'net.ipv4.icmp_ignore_bogus_error_responses 1',
      'net.ipv4.icmp_ratelimit 1000',
      'net.ipv4.icmp_ratemask 6168',
      'net.ipv4.icmp_msgs_per_sec 1000',
      'net.ipv4.icmp_msgs_burst 50',
      'net.ipv4.ipfrag_high_thresh 4194304',
      'net.ipv4.ipfrag_low_thresh 3145728',
      'net.ipv4.ipfrag_time 30',
      'net.ipv4.ipfrag_max_dist 64',
      'net.ipv4.route.min_pmtu 552',
      'net.ipv4.route.mtu_expires 600',
      'net.ipv4.route.gc_timeout 300',
      'net.ipv4.neigh.default.base_reachable_time_ms 30000',
      'net.ipv4.neigh.default.retrans_time_ms 1000',
      'net.ipv4.neigh.default.delay_first_probe_time 5',
      'net.ipv4.neigh.default.gc_stale_time 60',
      'net.ipv4.neigh.default.ucast_solicit 3',
      'net.ipv4.neigh.default.mcast_solicit 3',
      'net.ipv4.neigh.default.mcast_resolicit 0',
      'net.ipv4.neigh.default.unres_qlen 101',
      'net.ipv4.neigh.default.unres_qlen_bytes 212992',
      'net.ipv4.neigh.default.locktime 100',
      'net.ipv4.neigh.default.gc_thresh1 128',
      'net.ipv4.neigh.default.gc_thresh2 512',
      'net.ipv4.neigh.default.gc_thresh3 1024',
      'net.ipv6.conf.all.forwarding 0',
      'net.ipv6.conf.all.hop_limit 64',
      'net.ipv6.ip6frag_high_thresh 4194304',
      'net.ipv6.ip6frag_low_thresh 3145728',
      'net.ipv6.ip6frag_time 60',
      'net.ipv6.icmp.ratelimit 100',
      'net.ipv6.icmp.echo_ignore_all 0',
      'net.ipv6.icmp.echo_ignore_multicast 0',
      'net.ipv6.route.mtu_expires 600',
      'net.ipv6.neigh.default.base_reachable_time_ms 30000',
      'net.ipv6.neigh.default.retrans_time_ms 1000',
      'net.ipv6.neigh.default.delay_first_probe_time 5',
      'net.ipv6.neigh.default.gc_stale_time 60',
      'net.ipv6.neigh.default.ucast_solicit 3',
      'net.ipv6.neigh.default.mcast_solicit 3',
      'net.ipv6.neigh.default.mcast_resolicit 0',
      'net.ipv6.neigh.default.unres_qlen 101',
      'net.ipv6.neigh.default.unres_qlen_bytes 212992',
      'net.ipv6.neigh.default.locktime 0',
      'net.ipv6.neigh.default.gc_thresh1 128',
      'net.ipv6.neigh.default.gc_thresh2 512',
      'net.ipv6.neigh.default.gc_thresh3 1024',
    ])
  })

  it('of interfaces: all and their own together, each in its way', () => {
    const { a } = two()
    const conf = (name: keyof InterfaceConfig): number => a.ip.confs.of(a.eth)[name]
    const set = (all: number, own: number, key: string): void => {
      a.sysctl(`net.ipv4.conf.all.${key}`, all)
      a.sysctl(`net.ipv4.conf.eth0.${key}`, own)
    }
    const table = (key: string, name: keyof InterfaceConfig, most = 1): number[] =>
      [0, most].flatMap((all) =>
        [0, most].map((own) => {
          set(all, own, key)
          return conf(name)
        }),
      )
    const or = [0, 1, 1, 1]
    expect(table('accept_source_route', 'acceptSourceRoute')).toEqual([0, 0, 0, 1])
    expect(table('rp_filter', 'rpFilter', 2)).toEqual([0, 2, 2, 2])
    expect(table('arp_ignore', 'arpIgnore', 8)).toEqual([0, 8, 8, 8])
    expect(table('send_redirects', 'sendRedirects')).toEqual(or)
    expect(table('route_localnet', 'routeLocalnet')).toEqual(or)
    // A router listens to redirects only where both say so, a host where one does.
    expect(table('accept_redirects', 'acceptRedirects')).toEqual(or)
    a.sysctl('net.ipv4.conf.eth0.forwarding', 1)
    expect(table('accept_redirects', 'acceptRedirects')).toEqual([0, 0, 0, 1])
    expect(a.ip.confs.of(a.ip.interfaces[0] as NetworkInterface).forwarding).toBe(0)
  })

  it('ip_forward is forwarding of all, of every interface and of those to come; default is what they start with', () => {
    const { a } = two()
    a.sysctl('net.ipv4.ip_forward', 1)
    a.sysctl('net.ipv4.conf.default.arp_announce', 2)
    const later = a.interface(['10.9.0.1/24'])
    expect([a.eth, later].map((iface) => a.ip.confs.of(iface).forwarding)).toEqual([1, 1])
    expect([a.eth, later].map((iface) => a.ip.confs.of(iface).arpAnnounce)).toEqual([0, 2])
    a.sysctl('net.ipv4.conf.eth0.forwarding', 0)
    expect([a.eth, later].map((iface) => a.ip.confs.of(iface).forwarding)).toEqual([0, 1])
    a.sysctl('net.ipv4.conf.all.forwarding', 0)
    expect(a.ip.confs.of(later).forwarding).toBe(0)
  })

  it('an interface that does not forward takes nothing for others, one beside it does', () => {
    const { net, a, r, b } = routed()
    r.sysctl('net.ipv4.conf.eth0.forwarding', 0)
    a.send('10.0.2.1')
    b.send('10.0.1.1')
    net.run()
    expect([b.udp.packets.length, a.udp.packets.length]).toEqual([0, 1])
    r.sysctl('net.ipv4.conf.eth0.forwarding', 1)
    a.send('10.0.2.1')
    net.run()
    expect(b.udp.packets.length).toBe(1)
  })

  it('each sysctl keeps what it is given, and nothing that is no number', () => {
    const { a } = two()
    for (const one of a.ip.sysctls) {
      const before = one.get()
      expect(one.set('1')).toBe(one.name.endsWith('min_pmtu') ? -EINVAL : 0)
      if (!one.name.endsWith('min_pmtu')) expect(one.get()).toBe('1')
      for (const bad of ['', 'x', '1x', 'x1', '-1', '99999999999', '2147483648']) expect(one.set(bad)).toBe(-EINVAL)
      expect(one.set(before)).toBe(0)
      expect(one.get()).toBe(before)
    }
  })

  it.each([
    [0, ['10.0.0.2', '192.168.7.1', '10.0.0.2']],
    [1, ['10.0.0.2', '10.0.0.2']],
    [2, ['10.0.0.2']],
    [3, ['10.0.0.2', '192.168.7.1', '10.0.0.2']],
    [8, []],
  ])('arp_ignore %i', (mode, answered) => {
    const { net, a, b } = two()
    b.interface(['192.168.7.1/24'])
    b.sysctl('net.ipv4.conf.all.arp_ignore', mode)
    arp(a, '10.0.0.1', '10.0.0.2')
    arp(a, '10.0.0.1', '192.168.7.1')
    arp(a, '172.16.0.1', '10.0.0.2')
    net.run()
    expect(a.heard.map((one) => one.src)).toEqual(answered)
  })

  it('drop_gratuitous_arp, arp_accept', () => {
    const { net, a, b } = two()
    arp(a, '10.0.0.7', '10.0.0.7')
    net.run()
    expect(b.ip.neighbours()).toHaveLength(0)
    b.sysctl('net.ipv4.conf.all.arp_accept', 1)
    arp(a, '10.0.0.7', '10.0.0.7')
    net.run()
    expect(b.neighbour('10.0.0.7')).toBe('STALE')
    b.sysctl('net.ipv4.conf.all.drop_gratuitous_arp', 1)
    arp(a, '10.0.0.8', '10.0.0.8')
    net.run()
    expect(b.neighbour('10.0.0.8')).toBeUndefined()
  })

  it('icmp_errors_use_inbound_ifaddr: a router’s error comes from the interface it heard on, not from the one it leaves by', () => {
    const { net, a, r } = routed()
    const other = r.interface(['10.0.5.254/24'])
    r.ip.deleteRoute({ destination: at('10.0.1.0'), prefixLength: 24 })
    r.route('10.0.1.1/32', null, { iface: other })
    const sources: string[] = []
    r.ip.addHook('output', 0, (packet, _point, out) => {
      sources.push(`${packet.src} ${out?.name}`)
      return packet
    })
    a.send('10.4.4.4')
    net.run()
    r.sysctl('net.ipv4.icmp_errors_use_inbound_ifaddr', 1)
    a.send('10.4.4.4')
    net.run()
    expect(sources).toEqual(['10.0.5.254 eth2', '10.0.1.254 eth2'])
  })

  it('ip_no_pmtu_disc: 1 takes the least, 2 nothing, 3 only what TCP vouches for', () => {
    const tell = (mode: number, protocol: number): number => {
      const { net, a, b } = two()
      a.sysctl('net.ipv4.ip_no_pmtu_disc', mode)
      const header = [0x45, 0, 5, 220, 0, 0, 0x40, 0, 9, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
      b.inject({
        dstMac: a.eth.mac,
        src: at('10.0.0.2'),
        dst: at('10.0.0.1'),
        protocol: Protocol.ICMP,
        icmpType: 3,
        icmpCode: 4,
        icmpRest: 1000,
        payload: Uint8Array.of(...header, 3, 232, 7, 208, 0, 9, 0, 0),
      })
      net.run()
      return a.path('10.0.0.2').mtu
    }
    expect([0, 1, 2, 3].map((mode) => tell(mode, Protocol.UDP))).toEqual([1000, 552, 1500, 1500])
    expect([0, 1, 2, 3].map((mode) => tell(mode, Protocol.TCP))).toEqual([1000, 552, 1500, 1000])
  })

  it('ip_forward_use_pmtu: what a router heard of a path counts for what it forwards', () => {
    for (const use of [0, 1]) {
      const { net, a, r, b } = routed()
      r.sysctl('net.ipv4.ip_forward_use_pmtu', use)
      r.ip.exceptions.reduce(at('10.0.2.1'), 800, 1500)
      r.ip.changed()
      a.send('10.0.2.1', { payload: 1400 })
      a.send('10.0.2.1', { payload: 1400, fragment: Fragment.DF })
      net.run()
      const sizes = b.heard.filter((one) => !one.arp).map((one) => one.bytes.length)
      expect(sizes).toEqual(use === 0 ? [1428, 1428] : [796, 652])
      expect(a.icmp.map((one) => one.icmpRest)).toEqual(use === 0 ? [] : [800])
    }
  })
})

describe('limits of redirects', () => {
  it('each unheeded one waits twice as long, and after nine there is silence', () => {
    const { net, a, r } = routed()
    for (const name of ['all', 'eth0']) a.sysctl(`net.ipv4.conf.${name}.accept_redirects`, 0)
    r.route('10.7.0.0/16', '10.0.1.77')
    r.ip.neighbours4.set(at('10.0.1.77'), r.eth, a.eth.mac, 'PERMANENT')
    for (let i = 0; i < 1200; i++) {
      a.send('10.7.0.1')
      net.pass(0.01)
    }
    const sent = a.icmp.map((one) => Math.round(one.time / 1e7))
    expect(sent).toHaveLength(9)
    const gaps = sent.slice(1).map((time, i) => time - (sent[i] as number))
    for (const [i, gap] of gaps.entries()) if (i > 0) expect(gap).toBeGreaterThan((gaps[i - 1] as number) * 1.5)
    net.pass(25)
    a.send('10.7.0.1')
    net.run()
    expect(a.icmp).toHaveLength(10)
    for (const name of ['all', 'eth0']) r.sysctl(`net.ipv4.conf.${name}.send_redirects`, 0)
    net.pass(25)
    a.send('10.7.0.1')
    net.run()
    expect(a.icmp).toHaveLength(10)
  })

  it('without shared media only a known gateway is believed', () => {
    const { net, a, b } = two()
    a.route('default', '10.0.0.2')
    for (const name of ['all', 'eth0']) a.sysctl(`net.ipv4.conf.${name}.shared_media`, 0)
    const redirect = (gateway: string, fields: object = {}): void => {
      const header = [0x45, 0, 0, 28, 0, 0, 0, 0, 9, 17, 0, 0, 10, 0, 0, 1, 1, 2, 3, 4]
      b.inject({
        dstMac: a.eth.mac,
        src: at('10.0.0.2'),
        dst: at('10.0.0.1'),
        protocol: Protocol.ICMP,
        icmpType: 5,
        icmpCode: 1,
        icmpRest: at(gateway).w3,
        payload: Uint8Array.of(...header, 0, 0, 0, 0, 0, 8, 0, 0),
        ...fields,
      })
      net.run()
    }
    redirect('10.0.0.7')
    expect(a.count('IcmpRedirectRefused')).toBe(1)
    a.route('default', '10.0.0.7', {}, 'append')
    redirect('10.0.0.7', { icmpCode: 4 })
    redirect('10.0.0.7', { payload: 12 })
    expect(a.count('IcmpRedirectRefused')).toBe(3)
    redirect('10.0.0.7')
    expect(a.path('1.2.3.4')).toMatchObject({ gateway: at('10.0.0.7') })
  })
})

describe('tables', () => {
  it('routes that prefer an address go with it; others stay', () => {
    const { a } = two()
    a.address('10.0.0.7/24')
    a.route('10.8.0.0/16', '10.0.0.2', { source: at('10.0.0.7') })
    a.route('10.9.0.0/16', '10.0.0.2')
    a.ip.removeAddress(a.eth, at('10.0.0.7'))
    expect(a.ip.routes().map((one) => String(one.destination))).toEqual(['10.0.0.0', '10.9.0.0'])
    expect(a.ip.removeAddress(a.eth, at('10.0.0.7'))).toBeLessThan(0)
    expect(a.ip.removeAddress(a.lo, at('10.0.0.7'))).toBeLessThan(0)
  })

  it('a gateway said to be on the link needs no route; prefixes must be of their family', () => {
    const { a } = two()
    expect(a.route('10.9.0.0/16', '172.16.0.1', { onlink: true })).toBe(-ENODEV)
    expect(a.route('10.9.0.0/16', '172.16.0.1', { onlink: true, iface: a.eth })).toBe(0)
    expect(a.ip.routes().at(-1)?.onlink).toBe(true)
    expect(a.ip.routes()[0]?.onlink).toBe(false)
    expect(a.route('10.8.0.0/16', '2001:db8::2')).toBe(-EINVAL)
    expect(a.route('10.8.0.0/16', '224.0.0.1')).toBe(-EINVAL)
    expect(a.ip.addRoute({ destination: at('10.0.0.0'), prefixLength: 33, iface: a.eth })).toBe(-EINVAL)
    expect(a.ip.addRoute({ destination: at('10.0.0.0'), prefixLength: -1, iface: a.eth })).toBe(-EINVAL)
    // A gateway behind another gateway is not on a link.
    a.route('10.20.0.0/16', '10.0.0.2')
    expect(a.route('10.21.0.0/16', '10.20.0.1')).toBeLessThan(0)
    for (const bits of [-1, 33, 1.5]) expect(a.ip.addAddress(a.eth, at('10.5.0.1'), bits)).toBe(-EINVAL)
  })

  it('prepend goes before its equals, append after; a deletion can name the metric', () => {
    const { a } = two()
    a.route('10.9.0.0/16', '10.0.0.2', { metric: 7 })
    a.route('10.9.0.0/16', '10.0.0.3', { metric: 7 }, 'append')
    a.route('10.9.0.0/16', '10.0.0.4', { metric: 7 }, 'prepend')
    const gateways = (): string[] =>
      a.ip
        .routes()
        .slice(1)
        .map((one) => String(one.gateway))
    expect(gateways()).toEqual(['10.0.0.4', '10.0.0.2', '10.0.0.3'])
    const prefix = { destination: at('10.9.0.0'), prefixLength: 16 }
    expect(a.ip.deleteRoute({ ...prefix, metric: 8 })).toBeLessThan(0)
    expect(a.ip.deleteRoute({ ...prefix, metric: 7, gateway: at('10.0.0.2') })).toBe(0)
    expect(gateways()).toEqual(['10.0.0.4', '10.0.0.3'])
    expect(a.ip.deleteRoute(prefix)).toBe(0)
    expect(gateways()).toEqual(['10.0.0.3'])
  })

  it('IPv6 default and static routes', () => {
    const { a } = two()
    expect(a.route('default', '2001:db8::2')).toBe(0)
    expect(a.route('2001:db8:5::/48', 'fe80::1', { iface: a.eth })).toBe(0)
    expect(
      a.ip.routes(6).map((one) => `${one.destination}/${one.prefixLength} ${one.gateway ?? '-'} ${one.metric}`),
    ).toEqual(['::/0 2001:db8::2 1024', '2001:db8::/64 - 256', '2001:db8:5::/48 fe80::1 1024'])
    expect(a.path('2001:db9::1')).toMatchObject({ gateway: at('2001:db8::2') })
    expect(a.path('2001:db8:5::1')).toMatchObject({ gateway: at('fe80::1') })
  })

  it('exceptions are of one destination each, and the oldest makes way', () => {
    const { a } = two()
    const { exceptions } = a.ip
    for (let i = 0; i < 10_300; i++) exceptions.reduce(at(`10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`), 1400, 1500)
    expect(exceptions.size).toBe(10_240)
    expect(exceptions.find(at('10.0.0.5'))).toBeNull()
    expect(exceptions.find(at('10.0.40.0'))?.mtu).toBe(1400)
    expect([...exceptions.entries()]).toHaveLength(10_240)
    exceptions.clear()
    expect(exceptions.size).toBe(0)
  })

  it('a tap that was taken off sees nothing, the others go on', () => {
    const { net, a, b } = two()
    const seen: string[] = []
    const first = b.ip.tap(() => seen.push('first'))
    b.ip.tap(() => seen.push('second'))
    a.send('10.0.0.2')
    net.run()
    first()
    a.send('10.0.0.2')
    net.run()
    expect(seen).toEqual(['first', 'second', 'second'])
  })

  it('only neighbours of the interface asked for are flushed, permanent ones on demand', () => {
    const { a } = two()
    const other = a.interface(['10.6.0.1/24'])
    const { neighbours4 } = a.ip
    neighbours4.set(at('10.0.0.5'), a.eth, other.mac, 'STALE')
    neighbours4.set(at('10.0.0.6'), a.eth, other.mac, 'PERMANENT')
    neighbours4.set(at('10.6.0.5'), other, a.eth.mac, 'STALE')
    neighbours4.set(at('10.6.0.6'), other, null, 'NOARP')
    neighbours4.flush(a.eth)
    expect(a.ip.neighbours().map((one) => `${one.address} ${one.state} ${one.mac === null}`)).toEqual([
      '10.0.0.6 PERMANENT false',
      '10.6.0.5 STALE false',
      '10.6.0.6 NOARP true',
    ])
    neighbours4.flush(null, true)
    expect(a.ip.neighbours()).toHaveLength(0)
  })
})
