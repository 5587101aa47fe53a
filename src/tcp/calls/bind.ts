import type { Address } from '../../wire/address.ts'
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EINVAL } from '../../wire/errno.ts'
import { Bit } from '../bits.ts'
import type { Tcb } from '../tcb.ts'
import { TcpState } from '../types.ts'

/** bind(2). A bound port cannot be changed; neither can that of a connected socket. */
export const bind = (tcb: Tcb, address: Address | null, port: number): number => {
  const { tcp } = tcb
  if (address?.isUnspecified) address = null
  if (address !== null && !isBindable(tcb, address)) return -EADDRNOTAVAIL
  // The privilege is the caller's (CAP_NET_BIND_SERVICE): here it is uid 0.
  if (tcp.portSettings.needsPrivilege(port) && tcb.settings.uid !== 0) return -EACCES
  if (tcb.state !== TcpState.CLOSED || tcb.portSlot >= 0 || (tcb.bits & Bit.BOUND_PORT) !== 0) return -EINVAL
  const before = tcb.localAddress
  tcb.localAddress = address
  const chosen = tcp.ports.bind(tcb, port)
  if (chosen < 0) {
    tcb.localAddress = before
    return chosen
  }
  tcb.localPort = chosen
  tcb.bits |= Bit.BOUND_PORT | (address !== null ? Bit.BOUND_ADDRESS : 0)
  return 0
}

const isBindable = (tcb: Tcb, address: Address): boolean => {
  // Linux lets TCP bind to multicast and broadcast (they are "local"), and connect from them fails.
  if (tcb.settings.freebind || address.isMulticast || address.isLimitedBroadcast) return true
  const local = address.unmapped()
  return tcb.tcp.ip.isLocal(local) || tcb.tcp.ip.isBroadcast(local)
}

/** listen(2), sendto(2) and the like on an unbound socket choose a port. 0 or -EADDRINUSE. */
export const autobind = (tcb: Tcb): number => {
  if (tcb.portSlot >= 0) return 0
  const port = tcb.tcp.ports.bind(tcb, 0)
  if (port < 0) return -EADDRINUSE
  tcb.localPort = port
  return 0
}
