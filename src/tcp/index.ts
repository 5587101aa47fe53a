/**
 * TCP (RFC 9293) of one host: connections as state machines fed with packets, calls and time.
 *
 * Cut by concern. `tcp.ts` is the layer (who gets a segment), `tcb.ts` a connection, `states.ts` the diagram; `input/` has a
 * file for each step of SEGMENT ARRIVES and `calls/` one for each system call. Data leave by `output.ts`, what is lost comes
 * again by `retransmit*.ts` and `recovery.ts`, congestion control is behind `congestion/types.ts`. Half-open connections and
 * TIME-WAIT are small objects without a socket. As in Linux, an ACK or new data is sent when all queued packets have been
 * processed: by a job at the end of the clock's queue (`output.ts`, `post`).
 *
 * Left out: RACK-TLP, ECN, Fast Open, authentication options, urgent data beyond what Linux's sockets show.
 */

export { TcpOpt } from './calls/options.ts'
export type { AckSample, CongestionControl, CongestionView } from './congestion/index.ts'
export { stateName } from './states.ts'
export type { Tcb } from './tcb.ts'
export { Tcp } from './tcp.ts'
export {
  type ByteRange,
  Msg,
  Poll,
  type TcpEndpoint,
  type TcpInfo,
  type TcpLayer,
  type TcpOwner,
  TcpState,
  type TcpTimerInfo,
} from './types.ts'
