import type { Address, MacAddress } from '../address.ts'
import { get16, get32 } from '../bytes.ts'
import { readAddress4, readAddress6 } from '../known.ts'
import { Protocol } from '../packet.ts'
import type { Sequences } from './sequences.ts'

/** How a packet is told. All that is absent is as with `tcpdump -nS`. */
export interface DescribeOptions {
  /** Times `-v`: 1 tells the IP header and checksums, 2 every sequence number. */
  readonly verbose?: number
  /** `-e`: the link header. */
  readonly link?: boolean
  /** The broadcast address of a link as a number, as tcpdump has it with -n; else `Broadcast`. */
  readonly numericLink?: boolean
  /** Relative sequence numbers, as tcpdump tells them without `-S`: its memory of first ones, kept by the caller. */
  readonly sequences?: Sequences
  /** Names in place of numbers; null leaves the number. */
  readonly hostName?: (address: Address) => string | null
  readonly portName?: (port: number, protocol: 'tcp' | 'udp') => string | null
  readonly protocolName?: (protocol: number) => string | null
}

/** The IP packet around what is being told. */
export interface Around {
  readonly src: Address
  readonly dst: Address
  readonly fragmented: boolean
  /** The addresses were told already, before extension headers: tcpdump then tells the ports alone. */
  readonly bare: boolean
}

export const read6 = readAddress6
export const read4 = readAddress4

export const hostText = (o: DescribeOptions, address: Address): string => o.hostName?.(address) ?? address.toString()

export const macText = (o: DescribeOptions, mac: MacAddress): string =>
  mac.isBroadcast && o.numericLink !== true ? 'Broadcast' : `${mac}`

export const portText = (o: DescribeOptions, port: number, protocol: number): string =>
  o.portName?.(port, protocol === Protocol.TCP ? 'tcp' : 'udp') ?? String(port)

export const hex = (n: number, digits = 1): string => (n >>> 0).toString(16).padStart(digits, '0')

export const u32 = (b: Uint8Array, at: number): number => get32(b, at) >>> 0

/** `10.0.0.1.8080 > 10.0.0.2.40000`: both transports tell their ports so. */
export const ends = (o: DescribeOptions, around: Around, b: Uint8Array, at: number, protocol: number): string => {
  if (around.bare) return `${portText(o, get16(b, at), protocol)} > ${portText(o, get16(b, at + 2), protocol)}`
  const from = `${hostText(o, around.src)}.${portText(o, get16(b, at), protocol)}`
  return `${from} > ${hostText(o, around.dst)}.${portText(o, get16(b, at + 2), protocol)}`
}
