import { describe, expect, it } from 'vitest'
import { MODES, two } from '../support/ip.ts'

describe.each(MODES)('two hosts on a cable, %s', (mode) => {
  it('[1122-2.3.3-a, 1122-2.3.3-d, 826-generation, 826-reception-d] asks by ARP, then sends', () => {
    const { net, a, b } = two(mode)
    expect(a.send('10.0.0.2')).toBe(0)
    net.run()
    const [request] = b.heard
    expect(request).toMatchObject({
      arp: true,
      dstMac: 'ff:ff:ff:ff:ff:ff',
      src: '10.0.0.1',
      dst: '10.0.0.2',
      icmpType: 1,
    })
    expect(a.heard[0]).toMatchObject({ arp: true, dstMac: String(a.eth.mac), src: '10.0.0.2', icmpType: 2 })
    expect(b.udp.packets).toHaveLength(1)
    expect(b.udp.packets[0]).toMatchObject({ src: '10.0.0.1', dst: '10.0.0.2', ttl: 64, dstMac: String(b.eth.mac) })
  })

  it('[1122-3.2.2.6-a, 1122-3.2.2.6-d, 1122-3.2.2.6-e, 1122-3.2.2.6-f, 792-p14] answers a ping', () => {
    const { net, a, b } = two(mode)
    a.ping('10.0.0.2', 'abcdefg')
    net.run()
    expect(a.icmp).toHaveLength(1)
    expect(a.icmp[0]).toMatchObject({ icmpType: 0, icmpRest: 0x00070001, src: '10.0.0.2', dst: '10.0.0.1' })
    expect(String.fromCharCode(...(a.icmp[0]?.payload ?? []))).toBe('abcdefg')
    expect(b.count('IcmpEcho')).toBe(1)
  })

  it('talks to itself over the loopback, in both families', () => {
    const { net, a } = two(mode)
    for (const own of ['127.0.0.1', '127.4.5.6', '10.0.0.1', '::1', '2001:db8::1']) {
      a.ping(own)
      a.send(own)
    }
    net.run()
    expect(a.udp.packets.map((one) => one.dst)).toEqual(['127.0.0.1', '127.4.5.6', '10.0.0.1', '::1', '2001:db8::1'])
    expect(a.udp.packets.map((one) => one.src)).toEqual(['127.0.0.1', '127.0.0.1', '10.0.0.1', '::1', '2001:db8::1'])
    expect(a.icmp.filter((one) => one.icmpType === 0 || one.icmpType === 129)).toHaveLength(5)
  })

  it('a silent neighbour: EHOSTUNREACH to the sender after three seconds', () => {
    const { net, a } = two(mode)
    a.send('10.0.0.9')
    net.pass(2.9)
    expect(a.udp.errors).toHaveLength(0)
    net.pass(0.3)
    expect(a.udp.errors).toHaveLength(1)
    expect(a.udp.errors[0]).toMatchObject({
      errno: 113,
      type: 3,
      code: 1,
      local: '10.0.0.1',
      remote: '10.0.0.9',
      localPort: 1000,
      remotePort: 2000,
    })
  })
})
