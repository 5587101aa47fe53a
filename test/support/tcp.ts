/**
 * A scripted peer for one TCP layer: `inject` a segment, `expect` one, in virtual time, with relative sequence numbers and
 * only the fields written that matter. Each script runs twice: with packets as records, and encoded to bytes and decoded
 * again on every way in and out.
 *
 * The peer counts for itself: a segment without `seq` or `ack` carries what a well-behaved peer would send next. Numbers count
 * from the SYN of each side, which is 0.
 */
import { expect as check, test } from 'vitest'
import { type TcpEndpoint, TcpState } from '../../src/tcp/index.ts'
import { Reason, type ReasonName } from '../../src/wire/reason.ts'
import { Mib, type MibName } from '../../src/wire/telemetry.ts'
import { type Mode, ScriptedPeer, type WorldOptions } from './tcp-peer.ts'
import { type Offer, PORT, pattern, type Spec } from './tcp-segments.ts'

export type { WorldOptions } from './tcp-peer.ts'
export { LOCAL, type Offer, PEER, PEER_PORT, pattern } from './tcp-segments.ts'

/** The peer, and the socket that it talks to: the application's side. */
export class World extends ScriptedPeer {
  /** The socket under test, and its listener if it was accepted. */
  socket!: TcpEndpoint
  listener: TcpEndpoint | null = null
  /** Readiness told since the last look. */
  events = 0
  notices = 0

  // -- The application's side ------------------------------------------------------------------------------------

  watch(socket: TcpEndpoint): TcpEndpoint {
    socket.owner = {
      tcpReady: (bits) => {
        this.events |= bits
        this.notices++
      },
    }
    return socket
  }

  /** Readiness told since the last call. */
  takeEvents(): number {
    const events = this.events
    this.events = 0
    return events
  }

  /** A new socket of this host. */
  newSocket(): TcpEndpoint {
    return this.tcp.create(this.local.family, 0)
  }

  listen(backlog = 5): TcpEndpoint {
    const listener = this.newSocket()
    check(listener.bind(null, PORT)).toBe(0)
    check(listener.listen(backlog)).toBe(0)
    this.listener = listener
    this.localPort = PORT
    return listener
  }

  send(data: string | number, flags = 0): number {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : pattern(0, data)
    const result = this.socket.send(bytes, 0, bytes.length, flags)
    this.run()
    return result
  }

  /** What recv(2) gives: text, or the errno or 0. */
  recv(most = 65_536, flags = 0): string | number {
    const bytes = new Uint8Array(most)
    const count = this.socket.recv(bytes, 0, most, flags)
    this.run()
    return count <= 0 ? count : new TextDecoder('latin1').decode(bytes.subarray(0, count))
  }

  /** All that is readable, as bytes. */
  read(): Uint8Array {
    const bytes = new Uint8Array(1 << 20)
    let at = 0
    for (;;) {
      const count = this.socket.recv(bytes, at, bytes.length, 0)
      if (count <= 0) break
      at += count
    }
    this.run()
    return bytes.subarray(0, at)
  }

  shutdown(how = 1): number {
    const result = this.socket.shutdown(how)
    this.run()
    return result
  }

  close(): this {
    this.socket.close()
    return this.run()
  }

  get state(): TcpState {
    return this.socket.state
  }

  /** States of all that the host's socket table shows but listeners. */
  states(): TcpState[] {
    const states: TcpState[] = []
    this.tcp.forEach((endpoint) => {
      if (endpoint.state !== TcpState.LISTEN && endpoint.state !== TcpState.CLOSED) states.push(endpoint.state)
    })
    return states
  }

  count(reason: ReasonName): number {
    return this.tcp.telemetry.counts[Reason[reason]] as number
  }

  mib(name: MibName): number {
    return this.tcp.telemetry.mib[Mib[name]] as number
  }

  // -- Starting states -------------------------------------------------------------------------------------------

  #synOptions(offer: Offer): Spec {
    const spec: Spec = {}
    if (offer.mss !== null) spec.mss = offer.mss ?? 1460
    if (offer.sack === true) spec.sackOk = true
    if (offer.wscale !== undefined) spec.wscale = offer.wscale
    if (offer.ts === true) spec.ts = [this.peerTime, 0]
    spec.win = offer.win ?? this.win
    return spec
  }

  /** A socket that has sent its SYN. */
  synSent(): this {
    this.socket = this.watch(this.newSocket())
    check(this.socket.connect(this.peer, this.peerPort)).toBe(-115)
    this.localPort = this.socket.localPort
    this.run().expect({ flags: 'S' })
    return this
  }

  /** A listener with one half-open connection. */
  synReceived(offer: Offer = {}): this {
    if (this.listener === null) this.listen()
    this.inject({ flags: 'S', seq: 0, ...this.#synOptions(offer) })
    this.expect({ flags: 'SA', ack: 1 })
    this.peerNxt = 1
    this.timestamps = offer.ts === true
    if (offer.wscale !== undefined) this.win = 65_535
    return this
  }

  /** An accepted connection. */
  established(offer: Offer = {}): this {
    this.synReceived(offer)
    this.inject({ seq: 1, ack: 1, win: offer.win ?? this.win })
    const child = this.listener?.accept()
    if (typeof child !== 'object') throw new Error(`accept gave ${child}`)
    this.socket = this.watch(child)
    check(this.state).toBe(TcpState.ESTABLISHED)
    return this
  }

  /** A connection that this host opened. */
  connected(offer: Offer = {}): this {
    this.synSent()
    this.timestamps = offer.ts === true
    this.inject({ flags: 'SA', seq: 0, ack: 1, ...this.#synOptions(offer), ...(offer.ts ? { ts: true } : {}) })
    this.peerNxt = 1
    this.expect({ flags: 'A', seq: 1, ack: 1 })
    check(this.state).toBe(TcpState.ESTABLISHED)
    return this
  }

  finWait1(offer: Offer = {}): this {
    this.established(offer)
    this.shutdown(1)
    this.expect({ flags: 'FA', seq: 1, ack: 1 })
    check(this.state).toBe(TcpState.FIN_WAIT_1)
    return this
  }

  finWait2(offer: Offer = {}): this {
    this.finWait1(offer)
    this.inject({ ack: 2 })
    check(this.state).toBe(TcpState.FIN_WAIT_2)
    return this
  }

  closing(offer: Offer = {}): this {
    this.finWait1(offer)
    this.inject({ flags: 'FA', ack: 1 })
    this.expect({ flags: 'A', ack: 2 })
    check(this.state).toBe(TcpState.CLOSING)
    return this
  }

  closeWait(offer: Offer = {}): this {
    this.established(offer)
    this.inject({ flags: 'FA' })
    this.expect({ flags: 'A', ack: 2 })
    check(this.state).toBe(TcpState.CLOSE_WAIT)
    return this
  }

  lastAck(offer: Offer = {}): this {
    this.closeWait(offer)
    this.shutdown(1)
    this.expect({ flags: 'FA', seq: 1, ack: 2 })
    check(this.state).toBe(TcpState.LAST_ACK)
    return this
  }

  /** TIME-WAIT in the table; the socket itself is CLOSED, as in Linux. */
  timeWait(offer: Offer = {}): this {
    this.finWait2(offer)
    this.inject({ flags: 'FA' })
    this.expect({ flags: 'A', seq: 2, ack: 2 })
    check(this.states()).toEqual([TcpState.TIME_WAIT])
    return this
  }
}

/** A test of TCP, run with packets as records and as bytes. The title carries the ids. */
export const script = (title: string, body: (make: (options?: WorldOptions) => World, mode: Mode) => void): void => {
  for (const mode of ['records', 'bytes'] as const)
    test(`${title} (${mode})`, () => {
      body((options) => new World(mode, options), mode)
    })
}

export { TcpState }
