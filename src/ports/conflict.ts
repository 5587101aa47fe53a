import type { Address } from '../wire/address.ts'
import type { PortHolder } from './types.ts'

/** What a holder claims of the two address families. */
const Claim = { ANY4: 0, ONE4: 1, ANY6: 2, BOTH: 3, ONE6: 4 } as const

const claimOf = (holder: PortHolder): number => {
  const address = holder.localAddress
  if (holder.family === 4) return address === null || address.isUnspecified ? Claim.ANY4 : Claim.ONE4
  if (address === null) return holder.v6only ? Claim.ANY6 : Claim.BOTH
  if (address.family === 4 || address.isMapped) return address.w3 === 0 ? Claim.ANY4 : Claim.ONE4
  if (address.isUnspecified) return holder.v6only ? Claim.ANY6 : Claim.BOTH
  return Claim.ONE6
}

/**
 * Do two holders claim a common local address? (Linux's inet_rcv_saddr_equal with wildcards matching.) A dual-stack `::`
 * claims all of IPv4 too; an IPv6 address claims nothing of IPv4, and one mapped into IPv6 is the IPv4 address.
 */
export const addressesConflict = (a: PortHolder, b: PortHolder): boolean => {
  const x = claimOf(a)
  const y = claimOf(b)
  if (x === Claim.BOTH || y === Claim.BOTH) return true
  if (x === Claim.ANY4) return y === Claim.ANY4 || y === Claim.ONE4
  if (x === Claim.ANY6) return y === Claim.ANY6 || y === Claim.ONE6
  if (x === Claim.ONE4) return y === Claim.ANY4 || (y === Claim.ONE4 && sameWord(a.localAddress, b.localAddress))
  return y === Claim.ANY6 || (y === Claim.ONE6 && (a.localAddress as Address).equals(b.localAddress as Address))
}

const sameWord = (a: Address | null, b: Address | null): boolean => (a as Address).w3 === (b as Address).w3

const devicesMeet = (a: PortHolder, b: PortHolder): boolean =>
  a.deviceIndex === 0 || b.deviceIndex === 0 || a.deviceIndex === b.deviceIndex

/** A group under SO_REUSEPORT is one user's; TIME-WAIT belongs to nobody. */
const sharePort = (asking: PortHolder, present: PortHolder): boolean =>
  asking.reusePort && present.reusePort && (present.isTimeWait || asking.uid === present.uid)

/**
 * May `asking` not have the port that `present` holds? As Linux's inet_csk_bind_conflict judges for TCP.
 *
 * @param automatic - the port is being chosen (bind to 0): then SO_REUSEADDR and SO_REUSEPORT do not help
 */
export const tcpConflict = (asking: PortHolder, present: PortHolder, automatic: boolean): boolean => {
  if (asking === present || !devicesMeet(asking, present) || !addressesConflict(asking, present)) return false
  if (automatic) return true
  if (asking.reuseAddress && present.reuseAddress && !present.isListening) return false
  return !sharePort(asking, present)
}

/** The same for UDP (udp_lib_lport_inuse): SO_REUSEADDR on both always shares, for a chosen port too. */
export const udpConflict = (asking: PortHolder, present: PortHolder): boolean => {
  if (asking === present || !devicesMeet(asking, present) || !addressesConflict(asking, present)) return false
  if (asking.reuseAddress && present.reuseAddress) return false
  return !sharePort(asking, present)
}
