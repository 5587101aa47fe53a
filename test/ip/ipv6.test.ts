import { describe, expect, it } from 'vitest'
import { Form, Fragment, Protocol } from '../../src/wire/packet.ts'
import { at, MODES, two } from '../support/ip.ts'
import type { Fields } from '../support/packets.ts'

describe.each(MODES)('IPv6 input, %s', (mode) => {
  /** b takes what a puts on the cable, and can answer. */
  const six = () => {
    const { net, a, b } = two(mode)
    b.ip.neighbours6.set(at('2001:db8::1'), b.eth, a.eth.mac, 'PERMANENT')
    const inject = (fields: Fields): void => {
      a.inject({ dstMac: b.eth.mac, etherType: 0x86dd, src: at('2001:db8::1'), dst: at('2001:db8::2'), ...fields })
      net.run()
    }
    return { net, a, b, inject }
  }

  it('[8200-4.4, 8504-5.2] a routing header that is done with is skipped, type 0 like any other; one that is not is refused', () => {
    const { a, b, inject } = six()
    const routing = (type: number, left: number): Uint8Array =>
      Uint8Array.of(Protocol.IPV6_ROUTE, 0, type, left, 0, 0, 0, 0)
    inject({ ipOptions: routing(0, 0) })
    inject({ ipOptions: routing(77, 0) })
    expect(b.udp.packets).toHaveLength(2)
    inject({ ipOptions: routing(0, 1) })
    inject({ ipOptions: routing(77, 1) })
    expect(b.udp.packets).toHaveLength(2)
    expect(a.icmp.map((one) => [one.icmpType, one.icmpCode, one.icmpRest])).toEqual([
      [4, 0, 42],
      [4, 0, 42],
    ])
  })

  it('[8200-4-b, 4443-3.4-a] an unknown next header is pointed at, in the IPv6 header or in the last extension', () => {
    const { a, inject } = six()
    inject({ form: Form.NETWORK, protocol: 200 })
    inject({
      form: Form.NETWORK,
      protocol: 200,
      ipOptions: Uint8Array.of(Protocol.HOPOPT, 0, 1, 4, 0, 0, 0, 0, Protocol.IPV6_DSTOPTS, 0, 1, 4, 0, 0, 0, 0),
    })
    expect(a.icmp.map((one) => [one.icmpType, one.icmpCode, one.icmpRest])).toEqual([
      [4, 1, 6],
      [4, 1, 48],
    ])
  })

  it('[8200-4.5-c] fragments of another source, destination or identification are another datagram', () => {
    const { b, inject } = six()
    b.address('2001:db8::3/64')
    const piece = (fields: Fields): void =>
      inject({ form: Form.NETWORK, protocol: Protocol.UDP, payload: 32, ...fields })
    piece({ ipId: 1, fragment: Fragment.MF })
    piece({ ipId: 2, fragment: 4 })
    piece({ ipId: 1, fragment: 4, src: at('2001:db8::9') })
    piece({ ipId: 1, fragment: 4, dst: at('2001:db8::3') })
    expect(b.ip.reassembly.size).toBe(4)
  })

  it('addresses that map IPv4 ones do not come over a link', () => {
    const { b, inject } = six()
    inject({ src: at('::ffff:10.0.0.1') })
    inject({ dst: at('::ffff:10.0.0.2') })
    expect(b.count('IpMartianSource')).toBe(2)
  })

  it('[6724-1, 6724-4-a] a chosen source stays; groups and :: are never one', () => {
    const { a } = six()
    a.address('2001:db8::77/64')
    expect(String(a.path('2001:db8::2', { local: at('2001:db8::77') }).local)).toBe('2001:db8::77')
    expect(a.ip.path(at('2001:db8::2'), { local: at('ff02::1') })).toBe(-22)
    expect(String(a.path('2001:db8::2', { local: at('::') }).local)).toBe('2001:db8::1')
  })

  it('[5722-4-a] its own fragments never overlap', () => {
    const { net, a, b } = six()
    a.ip.neighbours6.set(at('2001:db8::2'), a.eth, b.eth.mac, 'PERMANENT')
    a.send('2001:db8::2', { payload: 9000 })
    net.run()
    let end = 0
    for (const one of b.heard) {
      expect((one.fragment & Fragment.OFFSET) * 8).toBe(end)
      end += one.payload.length
    }
    expect(end).toBe(9008)
    expect(b.udp.packets).toHaveLength(1)
  })
})
