/**
 * A frame as a tree of fields, under Wireshark's filter names: what the lab shows, and what is compared with tshark.
 *
 * It works on bytes, like `describe`: damaged frames are dissected as far as they go, and their checksums judged.
 */
import { ARP_LENGTH, ArpOperation } from '../arp.ts'
import { get16, get32 } from '../bytes.ts'
import { bytesOf } from '../describe/index.ts'
import { ETHERNET_HEADER } from '../ethernet.ts'
import { readAddress4, readMac } from '../known.ts'
import { EtherType, type Packet } from '../packet.ts'
import { type Field, hex4, Reader } from './field.ts'
import { dissectIpv4, dissectIpv6 } from './ip.ts'

export type { Field } from './field.ts'
export { ChecksumStatus } from './field.ts'

const dissectArp = (r: Reader, at: number, end: number): void => {
  const { b } = r
  if (end - at < ARP_LENGTH || get16(b, at + 4) !== 0x0604) {
    r.bytes('arp.truncated', 'Unknown ARP', at, end)
    return
  }
  const a = r.add('arp', '', '', at, ARP_LENGTH, 'Address Resolution Protocol')
  a.u16('arp.hw.type', 'Hardware type', at)
  a.u16('arp.proto.type', 'Protocol type', at + 2, hex4(get16(b, at + 2)))
  a.u8('arp.hw.size', 'Hardware size', at + 4)
  a.u8('arp.proto.size', 'Protocol size', at + 5)
  const operation = get16(b, at + 6)
  const names: Readonly<Record<number, string>> = {
    [ArpOperation.REQUEST]: 'request (1)',
    [ArpOperation.REPLY]: 'reply (2)',
  }
  a.u16('arp.opcode', 'Opcode', at + 6, names[operation])
  a.add('arp.src.hw_mac', readMac(b, at + 8).toString(), 'Sender MAC address', at + 8, 6)
  a.add('arp.src.proto_ipv4', readAddress4(b, at + 14).toString(), 'Sender IP address', at + 14, 4)
  a.add('arp.dst.hw_mac', readMac(b, at + 18).toString(), 'Target MAC address', at + 18, 6)
  a.add('arp.dst.proto_ipv4', readAddress4(b, at + 24).toString(), 'Target IP address', at + 24, 4)
}

/** The Ethernet frame in `b[start, end)`: one field per layer, its fields below it. */
export const dissectFrame = (b: Uint8Array, start: number, end: number): Field[] => {
  const fields: Field[] = []
  const r = new Reader(b, start, fields)
  if (end - start < ETHERNET_HEADER) {
    r.bytes('eth.truncated', 'Truncated Ethernet header', start, end)
    return fields
  }
  const dst = readMac(b, start).toString()
  const src = readMac(b, start + 6).toString()
  const e = r.add('eth', '', '', start, ETHERNET_HEADER, `Ethernet II, Src: ${src}, Dst: ${dst}`)
  e.add('eth.dst', dst, 'Destination', start, 6)
  e.add('eth.src', src, 'Source', start + 6, 6)
  const type = get16(b, start + 12)
  e.u16('eth.type', 'Type', start + 12, hex4(type))
  const at = start + ETHERNET_HEADER
  if (type === EtherType.ARP) dissectArp(r, at, end)
  else if (type === EtherType.IPV4 && at < end && (b[at] as number) >>> 4 === 4) dissectIpv4(r, at, end)
  else if (type === EtherType.IPV6 && at < end && get32(b, at) >>> 28 === 6) dissectIpv6(r, at, end)
  else r.bytes('data.data', 'Data', at, end)
  return fields
}

/** The packet's frame as a tree of fields. */
export const dissect = (packet: Packet): Field[] => {
  const bytes = bytesOf(packet)
  return dissectFrame(bytes, 0, bytes.length)
}

/** The first field of this name, anywhere in the tree: `findField(tree, 'tcp.dstport')`. */
export const findField = (tree: readonly Field[], name: string): Field | null => {
  for (const field of tree) {
    if (field.name === name) return field
    const below = findField(field.children, name)
    if (below !== null) return below
  }
  return null
}
