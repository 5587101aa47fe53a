/**
 * The transmission control block: one TCP socket from socket(2) to the end of its connection.
 *
 * A plain class of small integers and references, hot ones first, because a host may hold a million. What most
 * connections never need, or need only while bytes move (buffers, timers, loss recovery, urgent data), hangs in objects
 * that come and go. What happens to the fields is in the other files of this folder, one concern each; the methods
 * below only lead there.
 */

import type { Path } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import { NO_SLOT, type PortHolder } from '../ports/index.ts'
import type { Deadline, Job } from '../time/scheduler.ts'
import type { Address } from '../wire/address.ts'
import type { Packet } from '../wire/packet.ts'
import type { Autotune } from './autotune.ts'
import { Bit } from './bits.ts'
import { bind } from './calls/bind.ts'
import { connect, disconnect } from './calls/connect.ts'
import { accept, listen } from './calls/listen.ts'
import { getOption, setKeepAlive, setOption, setReceiveBuffer, setSendBuffer } from './calls/options.ts'
import { poll } from './calls/poll.ts'
import { atMark, consume, inq, recv, recvView } from './calls/recv.ts'
import { send } from './calls/send.ts'
import { LONG_AGO_MS } from './challenge.ts'
import { close, shutdown } from './close.ts'
import type { CongestionControl, CongestionView } from './congestion/types.ts'
import { expire } from './expire.ts'
import { outq, recvQueue, sendQueue, tcpInfo, timerInfo } from './info.ts'
import { segmentArrives } from './input/index.ts'
import type { ListenQueue } from './listen-queue.ts'
import type { LossState } from './loss.ts'
import { flush } from './output.ts'
import type { Reassembly } from './reassembly.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import type { SendBuffer } from './send-buffer.ts'
import type { Settings } from './settings.ts'
import type { Tcp } from './tcp.ts'
import type { Timers } from './timers.ts'
import { type ByteRange, type TcpEndpoint, type TcpInfo, type TcpOwner, TcpState, type TcpTimerInfo } from './types.ts'
import type { Urgent } from './urgent.ts'

export class Tcb implements TcpEndpoint, PortHolder, CongestionView, Deadline, Job {
  readonly tcp: Tcp
  state: TcpState = TcpState.CLOSED
  bits = 0
  // Send sequence space (RFC 9293 3.3.1). `sndNxt` never goes back: the retransmission queue knows what to resend.
  sndUna = 0
  sndNxt = 0
  sndWnd = 0
  sndWl1 = 0
  sndWl2 = 0
  // Receive sequence space. `rcvWup` is RCV.NXT as last acknowledged (Last.ACK.sent), `rcvAdv` the highest edge ever announced.
  rcvNxt = 0
  rcvWnd = 0
  rcvWup = 0
  rcvAdv = 0
  /** Text in a full segment, options of every segment already taken off. */
  mss = 536
  cwnd = 0
  ssthresh = 0x7fffffff
  /** Shifts of window fields: send in the high, receive in the low four bits. */
  scales = 0
  tsRecent = 0
  tsOffset = 0
  /** Milliseconds when `tsRecent` was taken; of the last segment and the last text received, of the last text sent. */
  tsRecentMs = 0
  lastSegmentMs = 0
  lastRcvMs = 0
  lastSndMs = 0
  /** Of the last answer to something out of the window. */
  answeredMs = LONG_AGO_MS
  peer: object | null = null
  path: Path | null = null
  sending: SendBuffer | null = null
  receiving: ReceiveBuffer | null = null
  timers: Timers | null = null
  owner: TcpOwner | null = null
  localAddress: Address | null = null
  remoteAddress: Address | null = null
  localPort = 0
  remotePort = 0
  portSlot = NO_SLOT
  next: Job | null = null
  heapId = -1
  // Delayed ACKs: interval in ms, ACKs left to send at once, the peer's segment size as seen.
  ato = 0
  quick = 0
  rcvMss = 0
  rcvSsthresh = 0
  rcvBuf = 0
  sndBuf = 0
  /** Round-trip time in us << 3, four times its variation in us, and the time-out in us without backoff. */
  srtt = 0
  rttvar = 0
  rto = 0
  /** Retransmissions without an answer, doublings of the time-out, probes without an answer: eight bits each. */
  retries = 0
  sndWndMax = 0
  /** End of the last short segment (Minshall's Nagle). */
  sndSml = 0
  iss = 0
  irs = 0
  /** What the peer's MSS option allows, and the path MTU that `mss` was reckoned from. */
  mssClamp = 536
  pathMtu = 0
  segsIn = 0
  segsOut = 0
  totalRetransmits = 0
  /** Times that the sequence spaces went round: send high, receive low. */
  wraps = 0
  /** SO_ERROR, and the soft error that a time-out will report: low and high 16 bits. */
  errors = 0
  settings: Settings
  congestionState: object | null = null
  loss: LossState | null = null
  reassembly: Reassembly | null = null
  urgent: Urgent | null = null
  autotune: Autotune | null = null
  /** Of a listener: its queues. Of a child that is not accepted yet: its listener. */
  listening: ListenQueue | Tcb | null = null
  // Place among all endpoints of the host, in order of creation.
  older: object | null = null
  newer: object | null = null
  readonly family: 4 | 6

  constructor(tcp: Tcp, family: 4 | 6, settings: Settings) {
    this.tcp = tcp
    this.family = family
    this.settings = settings
  }

  get congestion(): CongestionControl {
    return this.settings.congestion
  }

  get smoothedRtt(): number {
    return this.srtt >> 3
  }

  // -- Packets, time -------------------------------------------------------------------------------------------

  /** A segment for this connection; takes ownership. */
  segment(packet: Packet): void {
    segmentArrives(this, packet)
  }

  /** All packets queued before this job are processed: now acknowledge and send (MUST-58, MUST-59). */
  run(): void {
    this.bits &= ~Bit.POSTED
    flush(this)
  }

  expire(): void {
    expire(this)
  }

  // -- Settings --------------------------------------------------------------------------------------------------

  /** The settings, for writing: a copy of its own. */
  get own(): Settings {
    if (this.settings.shared) this.settings = this.settings.copy()
    return this.settings
  }

  get reuseAddress(): boolean {
    return this.settings.reuseAddress
  }
  set reuseAddress(on: boolean) {
    this.own.reuseAddress = on
  }
  get reusePort(): boolean {
    return this.settings.reusePort
  }
  set reusePort(on: boolean) {
    this.own.reusePort = on
  }
  get v6only(): boolean {
    return this.settings.v6only
  }
  set v6only(on: boolean) {
    this.own.v6only = on
  }
  get keepAlive(): boolean {
    return this.settings.keepAlive
  }
  set keepAlive(on: boolean) {
    setKeepAlive(this, on)
  }
  get oobInline(): boolean {
    return this.settings.oobInline
  }
  set oobInline(on: boolean) {
    this.own.oobInline = on
  }
  get linger(): number {
    return this.settings.linger
  }
  set linger(seconds: number) {
    this.own.linger = seconds
  }
  get rcvLowat(): number {
    return this.settings.rcvLowat
  }
  set rcvLowat(bytes: number) {
    this.own.rcvLowat = bytes
  }
  get tos(): number {
    return this.settings.tos
  }
  set tos(tos: number) {
    // The two ECN bits belong to TCP (Linux masks them out for stream sockets).
    this.own.tos = (tos & 0xfc) | (this.settings.tos & 3)
  }
  get ttl(): number {
    return this.settings.ttl
  }
  set ttl(ttl: number) {
    this.own.ttl = ttl
  }
  get mark(): number {
    return this.settings.mark
  }
  set mark(mark: number) {
    this.own.mark = mark
  }
  get boundDevice(): NetworkInterface | null {
    return this.settings.boundDevice
  }
  set boundDevice(iface: NetworkInterface | null) {
    this.own.boundDevice = iface
  }
  get uid(): number {
    return this.settings.uid
  }
  set uid(uid: number) {
    this.own.uid = uid
  }
  get freebind(): boolean {
    return this.settings.freebind
  }
  set freebind(on: boolean) {
    this.own.freebind = on
  }
  get recvErr(): boolean {
    return this.settings.recvErr
  }
  set recvErr(on: boolean) {
    this.own.recvErr = on
  }
  get mtuDiscover(): number {
    return this.settings.mtuDiscover
  }
  set mtuDiscover(how: number) {
    this.own.mtuDiscover = how
  }
  get isListening(): boolean {
    return this.state === TcpState.LISTEN
  }
  get isTimeWait(): boolean {
    return false
  }
  get deviceIndex(): number {
    return this.settings.boundDevice?.index ?? 0
  }

  // -- Calls -----------------------------------------------------------------------------------------------------

  bind(address: Address | null, port: number): number {
    return bind(this, address, port)
  }
  listen(backlog: number): number {
    return listen(this, backlog)
  }
  accept(): TcpEndpoint | number {
    return accept(this)
  }
  connect(address: Address, port: number): number {
    return connect(this, address, port)
  }
  disconnect(): number {
    return disconnect(this)
  }
  send(buf: Uint8Array, start: number, end: number, flags: number): number {
    return send(this, buf, start, end, flags)
  }
  recv(buf: Uint8Array, start: number, end: number, flags: number): number {
    return recv(this, buf, start, end, flags)
  }
  recvView(range: ByteRange): number {
    return recvView(this, range)
  }
  consume(count: number): void {
    consume(this, count)
  }
  shutdown(how: number): number {
    return shutdown(this, how)
  }
  close(): void {
    close(this)
  }
  poll(): number {
    return poll(this)
  }
  takeError(): number {
    const errno = this.errors & 0xffff
    if (errno !== 0) {
      this.errors &= ~0xffff
      return errno
    }
    // Linux's sock_error after sk_err_soft is for TCP_INFO alone; SO_ERROR gives it once there is no hard one (RFC 9293 MUST-47).
    const soft = this.errors >>> 16
    this.errors = 0
    return soft
  }
  get pendingError(): number {
    return this.errors & 0xffff
  }
  setOption(name: number, value: number | string): number {
    return setOption(this, name, value)
  }
  getOption(name: number): number | string | TcpInfo | { readonly error: number } {
    return getOption(this, name)
  }
  setReceiveBuffer(bytes: number): void {
    setReceiveBuffer(this, bytes)
  }
  setSendBuffer(bytes: number): void {
    setSendBuffer(this, bytes)
  }
  get receiveBuffer(): number {
    return this.rcvBuf
  }
  get sendBuffer(): number {
    return this.sndBuf
  }
  get inq(): number {
    return inq(this)
  }
  get outq(): number {
    return outq(this)
  }
  get notSent(): number {
    return this.sending === null ? 0 : this.sending.unsent
  }
  get recvQueue(): number {
    return recvQueue(this)
  }
  get sendQueue(): number {
    return sendQueue(this)
  }
  get atMark(): boolean {
    return atMark(this)
  }
  info(): TcpInfo {
    return tcpInfo(this)
  }
  timer(): TcpTimerInfo {
    return timerInfo(this)
  }
}
