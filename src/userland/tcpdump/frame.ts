/** A captured frame, and where its parts are: what a filter looks at. */

import { get16 } from '../../wire/bytes.ts'
import { ETHERNET_HEADER } from '../../wire/ethernet.ts'
import { EtherType } from '../../wire/packet.ts'

export interface Captured {
  /** The Ethernet frame, possibly cut short. */
  readonly bytes: Uint8Array
  readonly originalLength: number
  /** Nanoseconds since the epoch. */
  readonly time: bigint
  /** `-i any`: the interface it was seen on. */
  readonly via: { readonly name: string; readonly index: number } | null
  /** `LinkCast` (sll_pkttype); null when it is not known. */
  readonly cast: number | null
}

export class FrameView {
  readonly b: Uint8Array
  readonly length: number
  readonly cast: number | null
  readonly via: Captured['via']
  readonly etherType: number
  readonly family: 4 | 6 | null
  /** IP protocol after IPv6 extension headers are not skipped, as in pcap's filters; -1 without IP. */
  readonly protocol: number
  readonly network: number = ETHERNET_HEADER
  /** Of the transport header; -1 in later fragments and without IP. */
  readonly transport: number

  constructor({ bytes, originalLength, cast, via }: Captured) {
    this.b = bytes
    this.length = originalLength
    this.cast = cast
    this.via = via
    this.etherType = bytes.length < ETHERNET_HEADER ? -1 : get16(bytes, 12)
    const at = ETHERNET_HEADER
    const v4 = this.etherType === EtherType.IPV4 && bytes.length >= at + 20
    const v6 = this.etherType === EtherType.IPV6 && bytes.length >= at + 40
    this.family = v4 ? 4 : v6 ? 6 : null
    this.protocol = v4 ? (bytes[at + 9] as number) : v6 ? (bytes[at + 6] as number) : -1
    const isLater = v4 && (get16(bytes, at + 6) & 0x1fff) !== 0
    const header = v4 ? ((bytes[at] as number) & 15) * 4 : 40
    this.transport = this.family === null || isLater ? -1 : at + header
  }

  /** Unsigned, big-endian; null beyond the end: then the filter does not match. */
  read(at: number, size: number): number | null {
    if (at < 0 || at + size > this.b.length) return null
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (this.b[at + i] as number)
    return value
  }
}
