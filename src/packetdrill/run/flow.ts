/** The names that a script has for what a connection's numbers really are. */
import { refused } from '../failure.ts'

/**
 * One five-tuple. Inbound sequence numbers are the script's own; outbound ones count from what the stack chose, learnt from its
 * first SYN. Outbound timestamps have the script's values as names.
 */
export class Flow {
  readonly protocol: 'tcp' | 'udp'
  readonly localPort: number
  readonly remotePort: number
  /** Live less script, of outbound sequence numbers; null: not learnt. */
  #offset: number | null = null
  /** The next SYN of the stack begins a connection: learn from it. */
  #learns = true
  #lastSyn = -1
  readonly #timestamps = new Map<number, number>()
  /** The first outbound timestamp, of which the others are so many ticks apart. */
  firstTimestamp: { readonly live: number; readonly script: number } | null = null

  constructor(protocol: 'tcp' | 'udp', localPort: number, remotePort: number) {
    this.protocol = protocol
    this.localPort = localPort
    this.remotePort = remotePort
  }

  /** The script injects a SYN: unless it is the same again, the stack may answer with a new connection. */
  synInjected(sequence: number): void {
    if (sequence !== this.#lastSyn) this.#learns = true
    this.#lastSyn = sequence
  }

  /** The stack sent a SYN, which the script calls `script`. */
  learn(live: number, script: number): void {
    if (!this.#learns && this.#offset !== null) return
    this.#learns = false
    this.#offset = (live - script) >>> 0
  }

  /** A connection of the stack's own is about to begin. */
  renew(): void {
    this.#learns = true
  }

  toScript(live: number): number {
    return (live - (this.#offset ?? 0)) >>> 0
  }

  toLive(script: number): number {
    return (script + (this.#offset ?? 0)) >>> 0
  }

  timestampSent(script: number, live: number): void {
    this.#timestamps.set(script, live)
    this.firstTimestamp ??= { script, live }
  }

  /** The live value of a timestamp that the script lets the peer echo. Zero is zero: no timestamp was seen yet. */
  echo(script: number, line: number): number {
    if (script === 0) return this.#timestamps.get(0) ?? 0
    const live = this.#timestamps.get(script)
    if (live === undefined)
      throw refused(line, `the stack sent no timestamp that this script calls ${script}, so none can be echoed`)
    return live
  }
}

/** Where the ports of a passive connection's peer begin. */
const REMOTE_PORTS = 40_000

/** The flows of a script, and the one that a line without ports is about. */
export class Flows {
  current: Flow | null = null
  /** Where the stack was bound last: where what is injected goes to. */
  boundPort: number
  readonly #flows: Flow[] = []
  #nextRemote = REMOTE_PORTS

  constructor(boundPort: number) {
    this.boundPort = boundPort
  }

  find(protocol: Flow['protocol'], localPort: number, remotePort: number): Flow | null {
    const same = (flow: Flow): boolean =>
      flow.protocol === protocol && flow.localPort === localPort && flow.remotePort === remotePort
    return this.#flows.find(same) ?? null
  }

  /** The flow of these ports, which becomes the current one. */
  use(protocol: Flow['protocol'], localPort: number, remotePort: number): Flow {
    let flow = this.find(protocol, localPort, remotePort)
    if (flow === null) {
      flow = new Flow(protocol, localPort, remotePort)
      this.#flows.push(flow)
    }
    this.current = flow
    return flow
  }

  /** The flow that an injected packet without ports belongs to: the current one, or one with a new peer. */
  inject(protocol: Flow['protocol']): Flow {
    const { current } = this
    if (current !== null && current.protocol === protocol) return current
    return this.use(protocol, this.boundPort, this.#nextRemote++)
  }
}
