import { type Address, LOOPBACK4, LOOPBACK6 } from '../../wire/address.ts'
import { EADDRNOTAVAIL, EALREADY, ECONNABORTED, EINPROGRESS, EISCONN, ENETUNREACH } from '../../wire/errno.ts'
import { Reason } from '../../wire/reason.ts'
import { Bit } from '../bits.ts'
import { reopen } from '../close.ts'
import { startOpen } from '../handshake.ts'
import { initialSequence } from '../isn.ts'
import { takeHardError } from '../notify.ts'
import { inStates, OPENING } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { TimeWait } from '../time-wait.ts'
import { TcpState } from '../types.ts'

/** connect(2), as inet_stream_connect answers in each state of the socket. */
export const connect = (tcb: Tcb, address: Address, port: number): number => {
  let result: number
  if ((tcb.bits & Bit.CONNECTED) !== 0) return -EISCONN
  if ((tcb.bits & Bit.CONNECTING) !== 0) result = -EALREADY
  else {
    if (tcb.state !== TcpState.CLOSED) return -EISCONN
    const started = open(tcb, address, port)
    if (started < 0) return started
    tcb.bits |= Bit.CONNECTING
    result = -EINPROGRESS
  }
  if (inStates(tcb.state, OPENING)) return result
  tcb.bits &= ~Bit.CONNECTING
  if (tcb.state === TcpState.CLOSED) {
    // The attempt failed: tell why, once, and be as new.
    const error = takeHardError(tcb)
    reopen(tcb)
    return error === 0 ? -ECONNABORTED : error
  }
  tcb.bits |= Bit.CONNECTED
  return 0
}

/** connect(2) with AF_UNSPEC. */
export const disconnect = (tcb: Tcb): number => {
  reopen(tcb)
  return 0
}

const open = (tcb: Tcb, remote: Address, port: number): number => {
  const { tcp } = tcb
  // 0.0.0.0 and :: mean this host.
  if (remote.isUnspecified) remote = remote.family === 4 ? LOOPBACK4 : LOOPBACK6
  // MUST-46: one peer, so no group.
  if (remote.isMulticast || remote.isLimitedBroadcast) return -ENETUNREACH
  const { settings } = tcb
  // MUST-44: the IP layer chooses the source address; MUST-45: it stays.
  const path = tcp.ip.path(remote, {
    local: (tcb.bits & Bit.BOUND_ADDRESS) !== 0 ? tcb.localAddress : null,
    iface: settings.boundDevice,
    freebind: settings.freebind,
  })
  if (typeof path === 'number') return path
  if (path.isBroadcast) return -ENETUNREACH
  const before = tcb.localAddress
  tcb.path = path
  tcb.localAddress = path.local
  // The path's own, which all connections to the peer share.
  tcb.remoteAddress = path.remote
  tcb.remotePort = port
  const result = takeTuple(tcb)
  if (result < 0) {
    tcb.localAddress = before
    tcb.remoteAddress = null
    tcb.remotePort = 0
    tcb.path = null
    return result
  }
  tcb.tsOffset = tcp.timestampOffsets.of(path.local, remote)
  tcb.errors = 0
  startOpen(tcb)
  return 0
}

/** Enter the five-tuple, with a chosen port where none is bound; sets the ISS. */
const takeTuple = (tcb: Tcb): number => {
  const { tcp } = tcb
  const local = tcb.localAddress as Address
  const remote = tcb.remoteAddress as Address
  const isBound = tcb.portSlot >= 0
  if (!isBound) {
    const port = tcp.ports.connect(tcb, local, remote, tcb.remotePort, tcp.flows, tcp.reusePolicy)
    if (port < 0) return -EADDRNOTAVAIL
    tcb.localPort = port
  }
  tcb.iss = initialSequence(tcp, local, tcb.localPort, remote, tcb.remotePort)
  if (tcp.addFlow(tcb)) return 0
  const taken = tcp.findFlow(local, tcb.localPort, remote, tcb.remotePort)
  // A bound port may take over TIME-WAIT whose timestamps keep old segments out (twsk_unique without a time).
  if (!(taken instanceof TimeWait) || !taken.hasTimestamps) {
    if (!isBound) tcp.ports.release(tcb)
    return -EADDRNOTAVAIL
  }
  tcb.iss = (taken.sndNxt + 65_535 + 2) | 0
  tcb.tsRecent = taken.tsRecent
  tcb.tsRecentMs = taken.tsRecentMs
  tcp.endTimeWait(taken, Reason.TcpTimeWaitReused)
  tcp.addFlow(tcb)
  return 0
}
