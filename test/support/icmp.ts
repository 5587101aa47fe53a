import { encodeNetwork, networkLength } from '../../src/wire/ethernet.ts'
import { Form, Protocol } from '../../src/wire/packet.ts'
import { at, type IpHost } from './ip.ts'
import { type Fields, makePacket } from './packets.ts'

/** The bytes of a packet of `host`, as an error quotes them. */
export const quote = (host: IpHost, fields: Fields): Uint8Array => {
  const packet = makePacket(host.net.memory, {
    src: at('10.0.0.1'),
    dst: at('10.0.0.2'),
    protocol: Protocol.UDP,
    ttl: 3,
    srcPort: 1000,
    dstPort: 2000,
    payload: 'quoted',
    ...fields,
  })
  const bytes = new Uint8Array(networkLength(packet))
  encodeNetwork(packet, bytes, 0)
  packet.free()
  return bytes
}

/** b sends a an ICMP message about a packet of a. */
export const error = (a: IpHost, b: IpHost, type: number, code: number, rest: number, fields: Fields = {}): void =>
  b.inject({
    dstMac: a.eth.mac,
    src: at('10.0.0.2'),
    dst: at('10.0.0.1'),
    protocol: Protocol.ICMP,
    icmpType: type,
    icmpCode: code,
    icmpRest: rest,
    srcPort: 0,
    dstPort: 0,
    payload: quote(a, fields),
  })

/** Something at b that is answered with an error: a datagram of an unknown protocol. */
export const provoke = (a: IpHost, b: IpHost, fields: Fields = {}): void =>
  a.inject({
    dstMac: b.eth.mac,
    form: Form.NETWORK,
    protocol: 200,
    src: at('10.0.0.1'),
    dst: at('10.0.0.2'),
    payload: 16,
    ...fields,
  })
