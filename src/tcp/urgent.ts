/**
 * Urgent data (RFC 9293 3.8.5) as Linux's sockets have it: one urgent byte at a time, the last one sent with MSG_OOB, taken
 * out of the stream unless SO_OOBINLINE.
 *
 * On the wire the pointer names the octet after the urgent one (MUST-62), as Linux reads it too unless tcp_stdurg is set.
 */
import { type Packet, TcpFlag } from '../wire/packet.ts'

/** What is known of the received urgent byte (Linux's TCP_URG_*). */
export const UrgentState = { NONE: 0, AWAITED: 1, HERE: 2, READ: 3 } as const

export class Urgent {
  /** Sending: one past the last urgent byte (SND.UP). */
  isSending = false
  sndUp = 0
  /** Receiving: sequence number of the urgent byte (RCV.UP less one). */
  state: number = UrgentState.NONE
  rcvUrg = 0
  byte = 0

  /** Point a segment that starts at `seq` to the end of urgent data. */
  mark(packet: Packet, seq: number): void {
    const ahead = (this.sndUp - seq) | 0
    if (ahead <= 0) return
    packet.flags |= TcpFlag.URG
    packet.urgent = ahead > 0xffff ? 0xffff : ahead
  }

  /** SND.UNA passed the urgent data. */
  acknowledged(sndUna: number): void {
    if (this.isSending && ((this.sndUp - sndUna) | 0) <= 0) this.isSending = false
  }

  get isIdle(): boolean {
    return !this.isSending && this.state === UrgentState.NONE
  }
}
