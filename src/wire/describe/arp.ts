import { ARP_LENGTH, ArpOperation } from '../arp.ts'
import { get16, get32 } from '../bytes.ts'
import { readMac } from '../known.ts'
import { type DescribeOptions, hex, hostText, macText, read4 } from './options.ts'

/** `Request who-has 10.0.0.1 tell 10.0.0.2, length 28`; the length is what arrived, padding included. */
export const arpText = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string => {
  if (end - at < ARP_LENGTH) return ' [|arp]'
  const isKnown = get32(b, at) === 0x00010800 && get16(b, at + 4) === 0x0604
  if (!isKnown) return `hardware 0x${hex(get16(b, at), 4)}, protocol 0x${hex(get16(b, at + 2), 4)}, length ${end - at}`
  const operation = get16(b, at + 6)
  const sender = read4(b, at + 14)
  const target = read4(b, at + 24)
  const targetMac = readMac(b, at + 18)
  const head = (o.verbose ?? 0) > 0 ? 'Ethernet (len 6), IPv4 (len 4), ' : ''
  const tail = `, length ${end - at}`
  if (operation === ArpOperation.REQUEST) {
    const known = (targetMac.high | targetMac.low) === 0 ? '' : ` (${macText(o, targetMac)})`
    return `${head}Request who-has ${hostText(o, target)}${known} tell ${hostText(o, sender)}${tail}`
  }
  if (operation === ArpOperation.REPLY)
    return `${head}Reply ${hostText(o, sender)} is-at ${macText(o, readMac(b, at + 8))}${tail}`
  return `${head}Unknown (${operation})${tail}`
}
