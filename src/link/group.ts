import { type Address, MAC_BROADCAST, MacAddress } from '../wire/address.ts'

/**
 * The link address of a group: 01-00-5E and the low 23 bits of an IPv4 group (RFC 1112 6.4), 33-33 and the low 32 bits of
 * an IPv6 one (RFC 2464 7). The limited broadcast goes to the link's broadcast address.
 *
 * @param group - a multicast address, or 255.255.255.255
 */
export const groupMac = (group: Address): MacAddress => {
  if (group.isLimitedBroadcast) return MAC_BROADCAST
  if (group.family === 6) return new MacAddress(0x3333, group.w3)
  return new MacAddress(0x0100, 0x5e000000 | (group.w3 & 0x007fffff))
}

const TWO_32 = 4_294_967_296

/** A link address as one exact number, for tables. */
export const macKey = (high: number, low: number): number => high * TWO_32 + (low >>> 0)
