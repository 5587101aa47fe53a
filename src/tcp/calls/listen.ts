import { EAGAIN, EINVAL } from '../../wire/errno.ts'
import { Reason } from '../../wire/reason.ts'
import { Bit } from '../bits.ts'
import { ListenQueue, listenQueue } from '../listen-queue.ts'
import { transition } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { type TcpEndpoint, TcpState } from '../types.ts'
import { autobind } from './bind.ts'

/** listen(2): the backlog is bounded by net.core.somaxconn; n gives room for n+1 (Linux). */
export const listen = (tcb: Tcb, backlog: number): number => {
  const { tcp } = tcb
  const most = tcp.config.somaxconn
  const bounded = backlog < 0 || backlog > most ? most : backlog
  if (tcb.state === TcpState.LISTEN) {
    listenQueue(tcb).backlog = bounded
    return 0
  }
  if (tcb.state !== TcpState.CLOSED || (tcb.bits & (Bit.CONNECTED | Bit.CONNECTING)) !== 0) return -EINVAL
  const result = tcb.portSlot >= 0 ? tcp.ports.listenConflict(tcb) : autobind(tcb)
  if (result < 0) return result
  transition(tcb, TcpState.LISTEN, Reason.TcpUserCall)
  tcb.bits &= ~(Bit.RCV_SHUTDOWN | Bit.SND_SHUTDOWN)
  tcb.listening = new ListenQueue(bounded, tcp.clock)
  tcp.listeners.add(tcb)
  return 0
}

/** accept(2): the oldest established child. */
export const accept = (tcb: Tcb): TcpEndpoint | number => {
  if (tcb.state !== TcpState.LISTEN) return -EINVAL
  const child = listenQueue(tcb).shift()
  return child ?? -EAGAIN
}
