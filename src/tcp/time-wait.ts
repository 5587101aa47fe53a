/**
 * TIME-WAIT: a small object that holds the five-tuple and the port for two segment lifetimes (RFC 9293 3.6.1).
 *
 * All last equally long, so they stand in one line with one deadline; a retransmitted FIN sends one to its end.
 */
import type { Path } from '../ip/types.ts'
import { type Flow, type FlowPolicy, NO_SLOT, type PortHolder } from '../ports/index.ts'
import { type Deadline, SECOND } from '../time/scheduler.ts'
import { Fragment, type Packet, Protocol, TcpFlag, TcpOption } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { LONG_AGO_MS, mayAnswer } from './challenge.ts'
import { Remnant } from './remnant.ts'
import { segmentLength } from './reply.ts'
import type { Tcb } from './tcb.ts'
import type { Tcp } from './tcp.ts'
import { TcpState, type TcpTimerInfo } from './types.ts'

/** Linux's TCP_TIMEWAIT_LEN: twice a maximum segment lifetime of 30 s. */
export const TIME_WAIT_NS = 60 * SECOND

export class TimeWait extends Remnant implements PortHolder {
  portSlot = NO_SLOT
  readonly reuseBits: number
  readonly #uid: number
  readonly deviceIndex: number
  readonly sndNxt: number
  readonly rcvNxt: number
  readonly rcvWnd: number
  readonly hasTimestamps: boolean
  tsRecent: number
  readonly tsOffset: number
  tsRecentMs: number
  readonly path: Path | null
  readonly #tos: number
  /** When it ends, in whole milliseconds (an int32 is not boxed). */
  endsMs = 0
  answeredMs = LONG_AGO_MS
  before: TimeWait | null = null
  after: TimeWait | null = null

  constructor(tcb: Tcb) {
    super(
      tcb.tcp,
      tcb.family,
      tcb.localAddress as NonNullable<Tcb['localAddress']>,
      tcb.localPort,
      tcb.remoteAddress as NonNullable<Tcb['remoteAddress']>,
      tcb.remotePort,
    )
    const settings = tcb.settings
    this.reuseBits = (settings.reuseAddress ? 1 : 0) | (settings.reusePort ? 2 : 0) | (settings.v6only ? 4 : 0)
    this.#uid = settings.uid
    this.deviceIndex = tcb.deviceIndex
    this.sndNxt = tcb.sndNxt
    this.rcvNxt = tcb.rcvNxt
    this.rcvWnd = tcb.rcvWnd >> (tcb.scales & 15)
    this.hasTimestamps = (tcb.bits & Bit.TIMESTAMPS) !== 0
    this.tsRecent = tcb.tsRecent
    this.tsOffset = tcb.tsOffset
    this.tsRecentMs = tcb.tsRecentMs
    this.path = tcb.path
    this.#tos = settings.tos
  }

  override get reuseAddress(): boolean {
    return (this.reuseBits & 1) !== 0
  }
  override get reusePort(): boolean {
    return (this.reuseBits & 2) !== 0
  }
  override get v6only(): boolean {
    return (this.reuseBits & 4) !== 0
  }
  override get uid(): number {
    return this.#uid
  }
  override get tos(): number {
    return this.#tos
  }
  get state(): TcpState {
    return TcpState.TIME_WAIT
  }
  get isListening(): boolean {
    return false
  }
  get isTimeWait(): boolean {
    return true
  }

  timer(): TcpTimerInfo {
    return { kind: 'timewait', left: Math.max(0, this.endsMs * 1e6 - this.tcp.clock.now), retransmits: 0 }
  }

  segment(packet: Packet): void {
    const telemetry = this.tcp.telemetry
    const flags = packet.flags
    const paws =
      this.hasTimestamps &&
      (packet.optionBits & TcpOption.TIMESTAMPS) !== 0 &&
      ((packet.tsVal - this.tsRecent) | 0) < 0 &&
      (flags & TcpFlag.RST) === 0
    const length = segmentLength(packet)
    const inWindow =
      length === 0
        ? packet.seq === this.rcvNxt
        : ((packet.seq - this.rcvNxt) | 0) >= 0 && ((packet.seq - this.rcvNxt) | 0) < Math.max(1, this.rcvWnd)
    if ((flags & TcpFlag.RST) !== 0) {
      this.#reset(packet, packet.seq === this.rcvNxt)
      return
    }
    if ((flags & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.SYN && !paws && this.#mayBeNew(packet)) {
      // RFC 6191 2: a new connection takes over, with an ISN above the old one's numbers (MAY-2).
      telemetry.count(Mib.TcpExtTWRecycled)
      const floor = (this.sndNxt + 65_535 + 2) | 0
      this.tcp.endTimeWait(this, Reason.TcpTimeWaitReused)
      this.tcp.reopened(packet, floor)
      return
    }
    if (paws) telemetry.count(Mib.TcpExtPAWSEstab)
    else if (inWindow && (packet.optionBits & TcpOption.TIMESTAMPS) !== 0) this.#noteTimestamp(packet)
    // A retransmitted FIN restarts the time (9293-3.6.1-a); anything that takes sequence space is acknowledged.
    if ((flags & TcpFlag.FIN) !== 0 && !paws) this.tcp.restartTimeWait(this)
    if ((flags & TcpFlag.SYN) === 0 && (length > 0 || !inWindow)) {
      const isFin = (flags & TcpFlag.FIN) !== 0
      if (isFin || mayAnswer(this.tcp, this, packet, Mib.TcpExtTCPACKSkippedTimeWait)) this.#acknowledge(packet)
    }
    telemetry.drop(packet, paws ? Reason.TcpPaws : Reason.TcpTimeWaitDrop, this)
  }

  #noteTimestamp(packet: Packet): void {
    if (((packet.tsVal - this.tsRecent) | 0) < 0) return
    this.tsRecent = packet.tsVal
    this.tsRecentMs = this.tcp.nowMs()
  }

  /** A RST at RCV.NXT ends TIME-WAIT unless RFC 1337's remedy is on (sysctl tcp_rfc1337). */
  #reset(packet: Packet, exact: boolean): void {
    const keep = this.tcp.config.rfc1337 !== 0 || !exact
    if (!keep) this.tcp.endTimeWait(this, Reason.TcpEndReset)
    this.tcp.telemetry.drop(packet, keep ? Reason.TcpTimeWaitRst : Reason.TcpRstToClosed, this)
  }

  /** RFC 6191 2. */
  #mayBeNew(packet: Packet): boolean {
    const later = ((packet.seq - this.rcvNxt) | 0) > 0
    if ((packet.optionBits & TcpOption.TIMESTAMPS) === 0) return later
    if (!this.hasTimestamps) return true
    const newer = (packet.tsVal - this.tsRecent) | 0
    return newer > 0 || (newer === 0 && later)
  }

  #acknowledge(_cause: Packet): void {
    const path = this.path
    if (path === null) return
    const ack = this.tcp.memory.packet()
    ack.src = this.localAddress
    ack.dst = this.remoteAddress
    ack.protocol = Protocol.TCP
    ack.ttl = this.tcp.ip.defaultTtl
    ack.tos = this.#tos
    ack.fragment = Fragment.DF
    ack.srcPort = this.localPort
    ack.dstPort = this.remotePort
    ack.seq = this.sndNxt
    ack.ack = this.rcvNxt
    ack.flags = TcpFlag.ACK
    ack.window = this.rcvWnd
    ack.hint = _cause.origin
    if (this.hasTimestamps) {
      ack.optionBits = TcpOption.TIMESTAMPS
      ack.tsVal = (this.tcp.nowMs() + this.tsOffset) | 0
      ack.tsEcr = this.tsRecent
    }
    this.tcp.telemetry.count(Mib.TcpOutSegs)
    this.tcp.ip.send(ack, path)
  }
}

/** All of a host's, by the time they end. */
export class TimeWaitLine implements Deadline {
  heapId = -1
  readonly #tcp: Tcp
  #first: TimeWait | null = null
  #last: TimeWait | null = null
  size = 0

  constructor(tcp: Tcp) {
    this.#tcp = tcp
  }

  add(timeWait: TimeWait): void {
    const now = this.#tcp.clock.now
    // The next whole millisecond, so that it is never too short.
    timeWait.endsMs = Math.ceil((now + TIME_WAIT_NS) / 1e6)
    timeWait.before = this.#last
    if (this.#last === null) {
      this.#first = timeWait
      this.#tcp.clock.arm(this, timeWait.endsMs * 1e6)
    } else this.#last.after = timeWait
    this.#last = timeWait
    this.size++
  }

  remove(timeWait: TimeWait): void {
    if (timeWait.before === null) this.#first = timeWait.after
    else timeWait.before.after = timeWait.after
    if (timeWait.after === null) this.#last = timeWait.before
    else timeWait.after.before = timeWait.before
    timeWait.before = null
    timeWait.after = null
    this.size--
    if (this.#first === null) this.#tcp.clock.disarm(this)
  }

  expire(): void {
    const now = this.#tcp.clock.now
    while (this.#first !== null && this.#first.endsMs * 1e6 <= now)
      this.#tcp.endTimeWait(this.#first, Reason.TcpEndTimeWait)
    if (this.#first !== null) this.#tcp.clock.arm(this, this.#first.endsMs * 1e6)
  }
}

/** When a chosen port may be one in TIME-WAIT towards the same peer (net.ipv4.tcp_tw_reuse; 2: loopback only). */
export class ReusePolicy implements FlowPolicy<Flow> {
  readonly #tcp: Tcp

  constructor(tcp: Tcp) {
    this.#tcp = tcp
  }

  /** Seconds: TIME-WAIT is replaceable after one. */
  get changes(): number {
    return this.#tcp.config.twReuse === 0 ? 0 : Math.floor((this.#tcp.nowMs() >>> 0) / 1000)
  }

  mayReplace(flow: Flow): boolean {
    if (!(flow instanceof TimeWait) || !flow.hasTimestamps) return false
    const { twReuse } = this.#tcp.config
    if (twReuse === 0) return false
    if (twReuse === 2 && !(flow.localAddress.isLoopback && flow.remoteAddress.isLoopback)) return false
    return (this.#tcp.nowMs() - flow.tsRecentMs) >>> 0 > 1000
  }
}
