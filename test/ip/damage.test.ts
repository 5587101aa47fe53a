import { describe, expect, it } from 'vitest'
import { echoOptions, optionProblem, recordRoute } from '../../src/ip/options.ts'
import { EtherType, Form, Protocol } from '../../src/wire/packet.ts'
import { at, two } from '../support/ip.ts'
import { frameBytes, makePacket } from '../support/packets.ts'

describe('bytes of options', () => {
  it.each([
    ['a source route too short', [131, 2, 0, 0], 21],
    ['a source route that points before itself', [137, 7, 3, 0, 0, 0, 0, 0], 22],
    ['a record route too short', [1, 7, 2, 0], 22],
    ['a record route without room for an address', [7, 8, 6, 0, 0, 0, 0, 0], 22],
    ['a timestamp too short', [68, 3, 5, 0], 21],
    ['a timestamp that points into its header', [68, 8, 4, 0, 0, 0, 0, 0], 22],
    ['an option beyond the header', [1, 1, 9, 9], 22],
    ['nothing wrong', [1, 7, 7, 8, 0, 0, 0, 0, 68, 8, 9, 0, 0, 0, 0, 0, 0, 131, 2, 0], 0],
  ])('[1122-3.2.2.5-a] %s', (_, options, place) => {
    expect(optionProblem(Uint8Array.from(options))).toBe(place)
  })

  it('a full route stays, a full timestamp counts who could not write', () => {
    const full = Uint8Array.of(7, 7, 8, 1, 2, 3, 4, 68, 8, 9, 0x20, 0, 0, 0, 0, 0)
    const out = recordRoute(full, at('10.0.0.1'), 5)
    expect([...out]).toEqual([7, 7, 8, 1, 2, 3, 4, 68, 8, 9, 0x30, 0, 0, 0, 0, 0])
    expect(full[10]).toBe(0x20)
    const timeOnly = recordRoute(Uint8Array.of(68, 8, 5, 0, 0, 0, 0, 0), at('10.0.0.1'), 258)
    expect([...timeOnly]).toEqual([68, 8, 9, 0, 0, 0, 1, 2])
    const foreign = Uint8Array.of(68, 12, 5, 3, 10, 0, 0, 9, 0, 0, 0, 0)
    expect([...recordRoute(foreign, at('10.0.0.1'), 258)]).toEqual([...foreign])
    expect([...recordRoute(foreign, at('10.0.0.9'), 258)]).toEqual([68, 12, 13, 3, 10, 0, 0, 9, 0, 0, 1, 2])
    expect(recordRoute(Uint8Array.of(68, 8, 9, 0xf0, 0, 0, 0, 0), at('10.0.0.1'), 5)[3]).toBe(0xf0)
  })

  it('[1122-3.2.1.8-e] a route of several hops comes back in reverse', () => {
    const { options, first } = echoOptions(
      Uint8Array.of(1, 131, 11, 12, 10, 0, 0, 7, 10, 0, 0, 8, 148, 4, 0, 0),
      at('10.0.0.1'),
    )
    expect(first).toBe(at('10.0.0.8').w3)
    expect([...(options ?? [])]).toEqual([131, 11, 4, 10, 0, 0, 7, 10, 0, 0, 1, 0])
    expect(echoOptions(Uint8Array.of(148, 4, 0, 0), at('10.0.0.1'))).toEqual({ options: null, first: null })
  })
})

describe('what is damaged', () => {
  it('[4443-2.3] an ICMPv6 message with a wrong checksum is counted and not answered', () => {
    const { net, a, b } = two()
    const bytes = frameBytes(
      makePacket(net.memory, {
        etherType: EtherType.IPV6,
        srcMac: a.eth.mac,
        dstMac: b.eth.mac,
        src: at('2001:db8::1'),
        dst: at('2001:db8::2'),
        protocol: Protocol.ICMPV6,
        icmpType: 128,
        ttl: 9,
        payload: 'abcd',
      }),
    )
    const last = bytes.length - 1
    bytes[last] = (bytes[last] ?? 0) ^ 1
    a.inject({ form: Form.FRAME, payload: bytes })
    net.run()
    expect(b.mib('Icmp6InCsumErrors')).toBe(1)
    expect(b.mib('Icmp6InErrors')).toBe(1)
    expect(a.icmp).toHaveLength(0)
  })

  it('a Timestamp request without room for the times is refused', () => {
    const { net, a, b } = two()
    a.ping('10.0.0.2', 11, { icmpType: 13 })
    net.run()
    expect(b.count('IcmpHeaderError')).toBe(1)
    expect(a.icmp).toHaveLength(0)
  })

  it('frames for other hosts that a promiscuous interface hears are not ours', () => {
    const { net, a, b } = two()
    b.eth.promiscuous = true
    a.inject({ dstMac: a.eth.mac, src: at('10.0.0.1'), dst: at('10.0.0.2') })
    net.run()
    expect(b.count('NotForUs')).toBe(1)
    expect(b.udp.packets).toHaveLength(0)
  })
})
