/** ICMP errors about segments of ours (RFC 9293 3.9.2.2, RFC 5927; Linux's tcp_v4_err). */
import type { IcmpError } from '../ip/types.ts'
import { EMSGSIZE } from '../wire/errno.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { HalfOpen } from './half-open.ts'
import { fail } from './lifetime.ts'
import { syncMss } from './mtu.ts'
import { ready, setError, setSoftError } from './notify.ts'
import { post } from './output.ts'
import { inStates, OPENING } from './states.ts'
import type { Tcb } from './tcb.ts'
import type { Tcp } from './tcp.ts'
import { TimeWait } from './time-wait.ts'
import { Poll, TcpState } from './types.ts'

const SOURCE_QUENCH = 4

/** MUST-54: to the connection that caused it. */
export const icmpError = (tcp: Tcp, error: IcmpError): void => {
  const { telemetry } = tcp
  if (error.family === 4 && error.type === SOURCE_QUENCH) {
    // MUST-55, RFC 6633.
    telemetry.note(Reason.IcmpSourceQuench)
    return
  }
  const entry = tcp.findFlow(error.local, error.localPort, error.remote, error.remotePort)
  if (entry === null) {
    telemetry.note(Reason.IcmpNoMatch)
    telemetry.count(Mib.IcmpInErrors)
    return
  }
  if (entry instanceof TimeWait) return
  if (entry instanceof HalfOpen) {
    // Only what quotes our SYN,ACK, and hard errors alone end it (tcp_req_err).
    if (error.seq !== entry.iss) telemetry.count(Mib.TcpExtOutOfWindowIcmps)
    else if (error.hard && error.errno !== EMSGSIZE) {
      telemetry.note(Reason.TcpEndIcmp, null, entry)
      entry.drop()
    }
    return
  }
  connectionError(entry, error)
}

const connectionError = (tcb: Tcb, error: IcmpError): void => {
  const { telemetry } = tcb.tcp
  // RFC 5927 4.1: a guess does not know what is in flight.
  if (((error.seq - tcb.sndUna) | 0) < 0 || ((error.seq - tcb.sndNxt) | 0) > 0) {
    telemetry.note(Reason.IcmpNoMatch, null, tcb)
    telemetry.count(Mib.TcpExtOutOfWindowIcmps)
    return
  }
  if (error.errno === EMSGSIZE) {
    if (tcb.state === TcpState.LISTEN || tcb.settings.mtuDiscover === 0) return
    // The path knows the new MTU already: cut up what is in flight and send it again (RFC 1191 6.4).
    if (syncMss(tcb)) {
      telemetry.note(Reason.TcpMtuResend, null, tcb)
      post(tcb)
    }
    return
  }
  if (inStates(tcb.state, OPENING)) {
    // Linux gives up opening on any of them.
    fail(tcb, error.errno, Reason.TcpEndIcmp)
    return
  }
  // MUST-56, and RFC 5927 5.2 for the hard ones: an established connection goes on, and says why if it times out.
  if (tcb.settings.recvErr) {
    setError(tcb, error.errno)
    ready(tcb, Poll.ERR)
  } else setSoftError(tcb, error.errno)
}
