import type { CallSite, OpenFile, SocketFile, Sockets, SocketTrace, TraceRecord } from '../../socket/index.ts'
import type { Udp } from '../../udp/index.ts'
import { Form, type Packet, Protocol, TcpFlag } from '../../wire/packet.ts'
import { type Frame, programFrame, type SourceMapper } from './frame.ts'

/** What a runtime adds: the line that set an event going, and source maps. Entries give it. */
export interface CallContext {
  /** The line that the running event goes back to; null: none known. */
  origin(): Frame | null
  readonly map: SourceMapper | null
  /** Begin to follow events; a network that traces calls it once. */
  open(): void
  close(): void
}

/** The line that runs, or that the event goes back to: a program's own before a package's. */
export const siteOf = (context: Pick<CallContext, 'origin'> | null): Frame | null => {
  const running = programFrame()
  if (running?.isProgram === true || context === null) return running
  const origin = context.origin()
  return origin !== null && (running === null || origin.isProgram) ? origin : running
}

interface Mutable {
  opened: CallSite | null
  written: CallSite | null
}

/** The call sites of one host's sockets. A socket that is forgotten takes its record along. */
export class CallSites implements SocketTrace {
  readonly #context: CallContext | null
  readonly #records = new WeakMap<object, Mutable>()

  constructor(context: CallContext | null) {
    this.#context = context
  }

  here(): CallSite | null {
    return siteOf(this.#context)?.settle(this.#context?.map ?? null) ?? null
  }

  opened(file: SocketFile, site: CallSite | null = this.here()): void {
    const record: Mutable = { opened: site, written: null }
    this.#records.set(file, record)
    // What stays when the descriptor is gone, and what packets come from.
    if ('endpoint' in file) this.#records.set(file.endpoint as object, record)
  }

  written(file: OpenFile, site?: CallSite | null): void {
    const record = this.#records.get(file)
    if (record === undefined) return
    const line = site === undefined ? programFrame()?.settle(this.#context?.map ?? null) : site
    if (line === undefined || line === null) return
    // An event of the socket's own, which goes back to where it was opened: what was written before goes on being sent.
    if (record.written !== null && String(line) === String(record.opened)) return
    record.written = line
  }

  of(subject: object): TraceRecord | null {
    return this.#records.get(subject) ?? null
  }
}

/** The UDP socket that a datagram left by: its packets do not say. */
const udpSender = (udp: Udp, packet: Packet): object | null => {
  let found: object | null = null
  udp.forEach((socket) => {
    const { localAddress, localPort } = socket
    if (localPort !== packet.srcPort) return
    if (localAddress === null || localAddress.isUnspecified ? found === null : localAddress.equals(packet.src))
      found = socket
  })
  return found
}

const commentOf = (trace: SocketTrace, udp: Udp, packet: Packet): string | null => {
  if (packet.form !== Form.FULL) return null
  const subject = packet.protocol === Protocol.UDP ? udpSender(udp, packet) : packet.origin
  const record = subject === null ? null : trace.of(subject)
  if (record === null) return null
  const isTcp = packet.protocol === Protocol.TCP
  if (isTcp && (packet.flags & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.SYN)
    return record.opened === null ? null : `opened at ${record.opened}`
  const hasData = packet.protocol === Protocol.UDP || (isTcp && packet.length > 0)
  return hasData && record.written !== null ? `written at ${record.written}` : null
}

/**
 * What a capture on a host says of the packets it sends: of a SYN where its connection was opened, of data where it was written
 * last. null: the host has no trace.
 */
export const packetComments = ({ trace, udp }: Sockets): ((packet: Packet) => string | null) | null =>
  trace === null ? null : (packet) => commentOf(trace, udp, packet)
