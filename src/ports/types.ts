/**
 * What may hold a port, and what may hold a five-tuple.
 *
 * These lie below the protocols because half-open connections, TIME-WAIT and orphans have no Berkeley socket and still hold both.
 */
import type { Address } from '../wire/address.ts'

/** One holder of a port: a bound socket, a listener, a connection, a TIME-WAIT. Fields are read when a conflict is judged. */
export interface PortHolder {
  /** null: wildcard. */
  readonly localAddress: Address | null
  readonly localPort: number
  /** The wildcard (or address) family: a dual-stack `::` is 6 with `v6only` false. */
  readonly family: 4 | 6
  readonly v6only: boolean
  readonly reuseAddress: boolean
  readonly reusePort: boolean
  readonly uid: number
  /** SO_BINDTODEVICE interface index, 0: none. */
  readonly deviceIndex: number
  /** TCP: in LISTEN. */
  readonly isListening: boolean
  /** TCP: in TIME-WAIT, where nobody's uid counts any more. */
  readonly isTimeWait: boolean
  /** Where the port table keeps it: the table alone writes it. Starts as NO_SLOT. */
  portSlot: number
}

/** `PortHolder.portSlot` of one that holds no port. */
export const NO_SLOT = -1

/** What the flow table finds by five-tuple. Addresses are those of the packets: IPv4 ones are never mapped. */
export interface Flow {
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
}
