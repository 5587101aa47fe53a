/** TCP of one host: who gets a segment, who exists, and what all connections share. */
import type { IcmpError, IpLayer, Path, TransportHandler } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import {
  type Flow,
  FlowTable,
  flowHash,
  ListenerTable,
  type PortSettings,
  PortTable,
  portSettings,
} from '../ports/index.ts'
import type { HostContext } from '../time/context.ts'
import type { Random } from '../time/random.ts'
import type { Scheduler } from '../time/scheduler.ts'
import type { Memory } from '../wire/memory.ts'
import { LinkCast, type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import { Mib, type Telemetry } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { ChallengeLimit } from './challenge.ts'
import { TcpConfig } from './config.ts'
import { AckSample, algorithmNamed } from './congestion/index.ts'
import { newReno } from './congestion/newreno.ts'
import type { HalfOpen } from './half-open.ts'
import { icmpError } from './icmp.ts'
import { closedSegment } from './input/closed.ts'
import { openFromTimeWait } from './input/listen.ts'
import { TimestampOffsets } from './isn.ts'
import { KeyedHash } from './keyed-hash.ts'
import { settle } from './lifetime.ts'
import { Settings } from './settings.ts'
import { stateName, transition } from './states.ts'
import { tcpSysctls } from './sysctls.ts'
import { Tcb } from './tcb.ts'
import { ReusePolicy, TimeWait, TimeWaitLine } from './time-wait.ts'
import { type TcpEndpoint, type TcpLayer, TcpState } from './types.ts'

/** What the flow table holds. */
type Entry = Tcb | HalfOpen | TimeWait

export class Tcp implements TcpLayer, TransportHandler {
  readonly ip: IpLayer
  readonly clock: Scheduler
  readonly memory: Memory
  readonly telemetry: Telemetry
  readonly random: Random
  readonly config: TcpConfig = new TcpConfig()
  readonly sysctls: readonly SysctlEntry[]
  readonly hash: KeyedHash
  readonly timestampOffsets: TimestampOffsets
  readonly ports: PortTable
  readonly portSettings: PortSettings
  readonly listeners: ListenerTable<Tcb> = new ListenerTable()
  readonly challenges: ChallengeLimit = new ChallengeLimit()
  /** Filled by each ACK for the congestion control; nobody keeps it. */
  readonly sample: AckSample = new AckSample()
  readonly timeWaits: TimeWaitLine = new TimeWaitLine(this)
  readonly reusePolicy: ReusePolicy = new ReusePolicy(this)
  /** Connections without a descriptor. */
  orphans = 0
  readonly #flows: FlowTable<Flow>
  readonly #flowSeed: number
  #first: Linked | null = null
  #last: Linked | null = null
  #settings: Settings
  #confirmed: Path | null = null
  #confirmedMs = -1
  /** A double from the start: the shape of a Tcp, and all code compiled for it, must not change when time grows large. */
  #at = Number.NaN
  #ms = 0
  #us = 0

  constructor(context: HostContext, ip: IpLayer) {
    this.ip = ip
    this.clock = context.clock
    this.memory = context.memory
    this.telemetry = context.telemetry
    this.random = context.random.stream('tcp')
    this.hash = new KeyedHash(this.random.stream('secret'))
    this.timestampOffsets = new TimestampOffsets(this.hash)
    this.#flowSeed = this.random.int32()
    this.#flows = new FlowTable(this.#flowSeed)
    this.portSettings = portSettings(context)
    this.ports = new PortTable('tcp', this.portSettings, this.random)
    this.#settings = new Settings(algorithmNamed(this.config.congestion) ?? newReno)
    this.sysctls = tcpSysctls(this)
    ip.register(Protocol.TCP, this)
  }

  /** Milliseconds and microseconds since the network's start, modulo 2^32, as int32. */
  nowMs(): number {
    const now = this.clock.now
    if (now !== this.#at) this.#readClock(now)
    return this.#ms
  }

  nowUs(): number {
    const now = this.clock.now
    if (now !== this.#at) this.#readClock(now)
    return this.#us
  }

  /** Much happens in one instant: divide once. */
  #readClock(now: number): void {
    this.#at = now
    this.#ms = Math.floor(now / 1e6) | 0
    this.#us = Math.floor(now / 1e3) | 0
  }

  /** The connection makes progress, so its first hop is reachable: told to IP once in a millisecond (RFC 1122 3.3.1.4). */
  confirm(path: Path): void {
    const now = this.nowMs()
    if (path === this.#confirmed && now === this.#confirmedMs) return
    this.#confirmed = path
    this.#confirmedMs = now
    this.ip.confirm(path)
  }

  /** The default algorithm for sockets made from now on (net.ipv4.tcp_congestion_control). */
  setDefaultCongestion(name: string): boolean {
    const algorithm = algorithmNamed(name)
    if (algorithm === undefined) return false
    this.config.congestion = name
    this.#settings = new Settings(algorithm)
    return true
  }

  create(family: 4 | 6, uid: number): Tcb {
    let settings = this.#settings
    if (uid !== settings.uid) {
      settings = settings.copy()
      settings.uid = uid
      settings.shared = true
      this.#settings = settings
    }
    const tcb = new Tcb(this, family, settings)
    tcb.rcvBuf = this.config.rmemDefault
    tcb.sndBuf = this.config.wmemDefault
    this.register(tcb)
    return tcb
  }

  // -- Segments in -------------------------------------------------------------------------------------------------

  receive(packet: Packet): void {
    const telemetry = this.telemetry
    telemetry.count(Mib.TcpInSegs)
    const { src, dst } = packet
    // MUST-57, MUST-63: a connection has one peer.
    if (packet.linkCast !== LinkCast.HOST || dst.isMulticast || src.isMulticast || isNoHost(this, packet)) {
      telemetry.drop(packet, Reason.TcpBadAddress)
      return
    }
    const hint = packet.hint as Entry | null
    if (hint !== null && hint.tcp === this && isHashed(hint) && matches(hint, packet)) {
      hint.segment(packet)
      return
    }
    const entry = this.#flows.lookup(dst, packet.dstPort, src, packet.srcPort) as Entry | null
    if (entry !== null) {
      entry.segment(packet)
      return
    }
    this.toListener(packet)
  }

  /** No connection has the five-tuple: a listener, or nobody. */
  toListener(packet: Packet): void {
    const listener = this.findListener(packet)
    if (listener === null) closedSegment(this, packet)
    else listener.segment(packet)
  }

  findListener(packet: Packet): Tcb | null {
    if (!this.listeners.has(packet.dstPort)) return null
    const hash = flowHash(this.#flowSeed, packet.dst, packet.dstPort, packet.src, packet.srcPort)
    const device = (packet.iface as NetworkInterface | null)?.index ?? 0
    return this.listeners.lookup(packet.dst, packet.dstPort, device, hash)
  }

  /** A SYN that ended TIME-WAIT opens a connection, with an ISN not below `floor`. */
  reopened(packet: Packet, floor: number): void {
    const listener = this.findListener(packet)
    if (listener === null) closedSegment(this, packet)
    else openFromTimeWait(listener, packet, floor)
  }

  icmpError(error: IcmpError): void {
    icmpError(this, error)
  }

  // -- Five-tuples -------------------------------------------------------------------------------------------------

  findFlow(
    local: Flow['localAddress'],
    localPort: number,
    remote: Flow['localAddress'],
    remotePort: number,
  ): Entry | null {
    return this.#flows.lookup(local, localPort, remote, remotePort) as Entry | null
  }

  get flows(): FlowTable<Flow> {
    return this.#flows
  }

  addFlow(entry: Entry): boolean {
    if (!this.#flows.insert(entry as Flow)) return false
    if (entry instanceof Tcb) entry.bits |= Bit.HASHED
    else entry.isHashed = true
    return true
  }

  removeFlow(entry: Entry): void {
    this.#flows.delete(entry as Flow)
    if (entry instanceof Tcb) entry.bits &= ~Bit.HASHED
    else entry.isHashed = false
  }

  // -- Children and TIME-WAIT ----------------------------------------------------------------------------------------

  /** The socket of a half-open connection whose last ACK came: it takes its place in the tables. */
  childOf(halfOpen: HalfOpen): Tcb {
    const listener = halfOpen.listener
    listener.settings.shared = true
    const child = new Tcb(this, listener.family, listener.settings)
    child.rcvBuf = listener.rcvBuf
    child.sndBuf = listener.sndBuf
    child.bits = (listener.bits & (Bit.RCVBUF_LOCKED | Bit.SNDBUF_LOCKED)) | Bit.CONNECTED | Bit.HASHED
    child.localAddress = halfOpen.localAddress
    child.localPort = halfOpen.localPort
    child.remoteAddress = halfOpen.remoteAddress
    child.remotePort = halfOpen.remotePort
    child.path = halfOpen.path
    this.#flows.replace(halfOpen as Flow, child as Flow)
    halfOpen.isHashed = false
    this.ports.inherit(child, child.localPort)
    this.register(child)
    return child
  }

  /** FIN exchanged: a small object keeps the five-tuple, the socket is CLOSED (tcp_time_wait). */
  enterTimeWait(tcb: Tcb): void {
    transition(tcb, TcpState.TIME_WAIT)
    if (this.timeWaits.size < this.config.maxTwBuckets) {
      const timeWait = new TimeWait(tcb)
      this.#flows.replace(tcb as Flow, timeWait)
      tcb.bits &= ~Bit.HASHED
      timeWait.isHashed = true
      if (tcb.portSlot >= 0) this.ports.replace(tcb, timeWait)
      this.register(timeWait)
      this.timeWaits.add(timeWait)
      this.telemetry.count(Mib.TcpExtTW)
    } else this.removeFlow(tcb)
    // Not a transition of the connection: that goes on as the TimeWait.
    tcb.state = TcpState.CLOSED
    settle(tcb)
  }

  endTimeWait(timeWait: TimeWait, reason: number): void {
    this.timeWaits.remove(timeWait)
    this.removeFlow(timeWait)
    this.ports.release(timeWait)
    this.unregister(timeWait)
    if (this.telemetry.observer === null) this.telemetry.note(reason)
    else
      this.telemetry.note(reason, null, timeWait, `${stateName(TcpState.TIME_WAIT)} -> ${stateName(TcpState.CLOSED)}`)
  }

  restartTimeWait(timeWait: TimeWait): void {
    this.timeWaits.remove(timeWait)
    this.timeWaits.add(timeWait)
  }

  // -- All endpoints ---------------------------------------------------------------------------------------------------

  register(endpoint: Linked): void {
    endpoint.older = this.#last
    if (this.#last === null) this.#first = endpoint
    else this.#last.newer = endpoint
    this.#last = endpoint
  }

  unregister(endpoint: Linked): void {
    const older = endpoint.older as Linked | null
    const newer = endpoint.newer as Linked | null
    if (older === null && this.#first !== endpoint) return
    if (older === null) this.#first = newer
    else older.newer = newer
    if (newer === null) this.#last = older
    else newer.older = older
    endpoint.older = null
    endpoint.newer = null
  }

  forEach(visit: (endpoint: TcpEndpoint) => void): void {
    for (let endpoint = this.#first; endpoint !== null; endpoint = endpoint.newer as Linked | null) visit(endpoint)
  }
}

/** In the list of all endpoints. */
interface Linked extends TcpEndpoint {
  older: object | null
  newer: object | null
}

const isHashed = (entry: Entry): boolean => (entry instanceof Tcb ? (entry.bits & Bit.HASHED) !== 0 : entry.isHashed)

const matches = (entry: Entry, packet: Packet): boolean =>
  entry.remotePort === packet.srcPort &&
  entry.localPort === packet.dstPort &&
  (entry.remoteAddress as Flow['remoteAddress']).equals(packet.src) &&
  (entry.localAddress as Flow['localAddress']).equals(packet.dst)

/** Source or destination that is no single host. Broadcast of an interface is asked for only on what no connection has. */
const isNoHost = (tcp: Tcp, packet: Packet): boolean => {
  const { src, dst } = packet
  if (src.isUnspecified || src.isLimitedBroadcast || dst.isLimitedBroadcast || src.isReserved) return true
  // The hint was made by a verified segment: its addresses are those of hosts.
  return packet.hint === null && src.family === 4 && (tcp.ip.isBroadcast(src) || tcp.ip.isBroadcast(dst))
}
