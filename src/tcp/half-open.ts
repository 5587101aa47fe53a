/** A passive connection in SYN-RECEIVED: no socket, no buffers (a SYN cache, RFC 4987 3.5; Linux's request_sock). */
import type { Path } from '../ip/types.ts'
import type { Deadline } from '../time/scheduler.ts'
import type { Packet } from '../wire/packet.ts'
import { LONG_AGO_MS } from './challenge.ts'
import { halfOpenSegment } from './input/half-open.ts'
import { listenQueue } from './listen-queue.ts'
import { Remnant } from './remnant.ts'
import { synAckTimeout } from './syn-ack.ts'
import type { Tcb } from './tcb.ts'
import { TcpState, type TcpTimerInfo } from './types.ts'

export class HalfOpen extends Remnant implements Deadline {
  heapId = -1
  readonly listener: Tcb
  readonly path: Path
  irs = 0
  iss = 0
  /** What the SYN offered, as `Bit.TIMESTAMPS | SACK | WSCALE`. */
  offered = 0
  mss = 0
  /** Shifts: send high, receive low four bits. */
  scales = 0
  rcvWnd = 0
  sndWnd = 0
  tsRecent = 0
  tsOffset = 0
  retransmits = 0
  /** When the SYN,ACK was first sent, us. */
  sentUs = 0
  dueMs = 0
  /** The last ACK came but nobody may see it yet (TCP_DEFER_ACCEPT, accept queue full). */
  acknowledged = false
  /** Of the last answer to something out of the window. */
  answeredMs = LONG_AGO_MS
  peer: object | null = null
  before: HalfOpen | null = null
  after: HalfOpen | null = null

  constructor(listener: Tcb, packet: Packet, path: Path) {
    super(listener.tcp, listener.family, packet.dst, packet.dstPort, packet.src, packet.srcPort)
    this.listener = listener
    this.path = path
  }

  override get uid(): number {
    return this.listener.uid
  }

  get state(): TcpState {
    return TcpState.SYN_RECEIVED
  }

  segment(packet: Packet): void {
    halfOpenSegment(this, packet)
  }

  expire(): void {
    synAckTimeout(this)
  }

  timer(): TcpTimerInfo {
    return { kind: 'on', left: Math.max(0, this.dueMs * 1e6 - this.tcp.clock.now), retransmits: this.retransmits }
  }

  /** Forget it, without a word: back to LISTEN. */
  drop(): void {
    const { tcp, listener } = this
    tcp.clock.disarm(this)
    tcp.removeFlow(this)
    tcp.unregister(this)
    listenQueue(listener).remove(this)
    this.peer = null
  }
}
