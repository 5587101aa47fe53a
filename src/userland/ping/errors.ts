/** ICMP errors in ping's words (iputils pr_icmph, print_icmp6). */
import type { ExtendedError } from '../../socket/message.ts'

const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  '',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
]

const icmp4 = ({ type, code, info }: ExtendedError): string => {
  if (type === 3)
    return code === 4
      ? `Frag needed and DF set (mtu = ${info})`
      : (UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`)
  if (type === 11)
    return code === 0
      ? 'Time to live exceeded'
      : code === 1
        ? 'Frag reassembly time exceeded'
        : `Time exceeded, Bad Code: ${code}`
  if (type === 12) return `Parameter problem: pointer = ${info >>> 24}`
  return type === 4 ? 'Source Quench' : `Bad ICMP type: ${type}`
}

const UNREACHABLE6: readonly string[] = [
  'No route',
  'Administratively prohibited',
  'Beyond scope of source address',
  'Address unreachable',
  'Port unreachable',
]

const icmp6 = ({ type, code, info }: ExtendedError): string => {
  if (type === 1) return `Destination unreachable: ${UNREACHABLE6[code] ?? `Unknown code ${code}`}`
  if (type === 2) return `Packet too big: mtu=${info}`
  if (type === 3)
    return `Time exceeded: ${code === 0 ? 'Hop limit' : code === 1 ? 'Defragmentation failure' : `code ${code}`}`
  if (type === 4)
    return `Parameter problem: ${['Wrong header field ', 'Unknown header ', 'Unknown option '][code] ?? `code ${code} `}at ${info}`
  return `unknown icmp type: ${type}`
}

export const icmpText = (family: 4 | 6, error: ExtendedError): string => (family === 4 ? icmp4(error) : icmp6(error))
