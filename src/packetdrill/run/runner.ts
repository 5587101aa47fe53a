/** One script in one world, event by event. */
import type { TcpInfo } from '../../tcp/types.ts'
import { failed, refused } from '../failure.ts'
import type { CallAction, PacketAction, Script, ScriptEvent } from '../syntax/ast.ts'
import { buildTcp, buildUdp } from './build.ts'
import { Code } from './code.ts'
import { type Flow, Flows } from './flow.ts'
import { buildIcmp } from './icmp.ts'
import { differences, isPart, join } from './match.ts'
import { readFrame, type Seen, type SeenTcp } from './seen.ts'
import type { Setup } from './setup.ts'
import { runCommands } from './shell.ts'
import { showSeen } from './show.ts'
import { SystemCalls } from './system-calls.ts'
import { type Span, Timing } from './timing.ts'
import { World, type WorldOptions } from './world.ts'

export interface RunOptions extends WorldOptions {
  /** Gets what `print` in code blocks writes. */
  readonly print?: (text: string) => void
  /** Gets a line for each event as it happens. */
  readonly trace?: (line: string) => void
}

/** For how long an expected packet is waited for, to tell how late it came, ns. */
const PATIENCE = 3_600e9

/**
 * Run a script to its end.
 *
 * @throws ScriptError at the first event that the stack does not meet, or that is refused
 */
export const runScript = async (script: Script, setup: Setup, options: RunOptions = {}): Promise<void> => {
  const world = await World.make(setup, options)
  try {
    await new Runner(world, options).run(script)
  } finally {
    await world.close()
  }
}

class Runner {
  readonly #world: World
  readonly #timing: Timing
  readonly #calls: SystemCalls
  readonly #flows: Flows
  readonly #code: Code
  readonly #trace: (line: string) => void
  readonly #print: (text: string) => void
  /** Frame of the last packet that was expected. */
  #last: Uint8Array | null = null

  constructor(world: World, options: RunOptions) {
    this.#world = world
    this.#timing = new Timing(world.setup, world.now)
    this.#calls = new SystemCalls(world, this.#timing)
    this.#flows = new Flows(world.setup.bindPort)
    this.#print = options.print ?? (() => undefined)
    this.#trace = options.trace ?? (() => undefined)
    this.#code = new Code((text) => this.#print(text))
  }

  async run(script: Script): Promise<void> {
    for (const event of script.events) {
      this.#calls.check()
      const span = this.#timing.schedule(event, this.#world.now)
      await this.#perform(event, span)
      this.#timing.passed(span)
    }
    await this.#calls.finish()
  }

  async #perform(event: ScriptEvent, span: Span): Promise<void> {
    const { action, line } = event
    if (action.kind === 'packet' && action.direction === 'out') {
      await this.#expect(event, action, span)
      return
    }
    await this.#world.until(span.from)
    this.#calls.check()
    if (event.time.kind !== 'any') this.#timing.verify(line, 'this event', span, this.#world.now)
    switch (action.kind) {
      case 'packet':
        this.#inject(line, action)
        await this.#world.settle()
        return
      case 'call':
        this.#traced(`${action.name}(...)`)
        this.#before(action)
        await this.#calls.start(event, action)
        return
      case 'command':
        runCommands(this.#world.host, action.text, line)
        return
      case 'code':
        this.#code.run(action.statements, () => this.#info())
        return
    }
  }

  #traced(text: string): void {
    this.#trace(`${this.#timing.since(this.#world.now)} ${text}`)
  }

  /** Calls that choose the flow which later packets belong to. */
  #before(action: CallAction): void {
    if (action.name === 'connect') this.#flows.current?.renew()
    if (action.name !== 'bind') return
    const address = action.args[1]
    const port = address?.kind === 'struct' ? address.fields.find(({ name }) => name.endsWith('_port')) : undefined
    const value = port?.value.kind === 'apply' ? port.value.args[0] : port?.value
    if (value?.kind === 'number') this.#flows.boundPort = value.value
  }

  // --- packets in

  #inject(line: number, action: PacketAction): void {
    const { body, ip, ports } = action
    const world = this.#world
    this.#traced(action.text)
    if (body.kind === 'icmp') {
      if (ip.ecn !== null || ip.tos !== null || ip.ttl !== null)
        throw refused(line, 'fields of the IP header are for TCP and UDP here')
      world.inject(buildIcmp(world, this.#flows.current, body, this.#last, line))
      return
    }
    const flow =
      ports === null ? this.#flows.inject(body.kind) : this.#flows.use(body.kind, ports.destination, ports.source)
    if (body.kind === 'udp') {
      world.inject(buildUdp(world, flow, ip, body, line))
      return
    }
    const packet = buildTcp(world, flow, ip, body, line)
    if ((body.flags & SYN) !== 0) flow.synInjected(body.sequence.start)
    world.inject(packet)
  }

  // --- packets out

  async #expect(event: ScriptEvent, action: PacketAction, span: Span): Promise<void> {
    const { line } = event
    const first = await this.#next(line, action, span)
    const flow = this.#flowOf(action, first)
    const seen = first.kind === 'tcp' ? await this.#gather(line, action, span, first, flow) : first
    this.#traced(`> ${showSeen(seen, flow)}`)
    const found = differences(action, seen, flow, this.#world.setup, line)
    if (found.length > 0) throw this.#mismatch(line, action, span, seen, flow, found)
    this.#last = seen.frame
    this.#timing.verify(line, 'the packet', span, seen.time, this.#difference(action, span, seen, flow))
  }

  /** One segment for all that carry the payload of one line. */
  async #gather(line: number, action: PacketAction, span: Span, first: SeenTcp, flow: Flow | null): Promise<SeenTcp> {
    const { body } = action
    let whole = first
    if (body.kind !== 'tcp' || this.#world.setup.strictSegments) return whole
    while (isPart(body, whole)) {
      const next = await this.#next(line, action, span, whole)
      const both = next.kind === 'tcp' ? join(whole, first.length, next) : null
      const found = `this does not go on after the first ${whole.length} octets`
      if (both === null) throw this.#mismatch(line, action, span, next, flow, [found])
      whole = both
    }
    return whole
  }

  /** The next packet that the stack sends, or has sent. */
  async #next(line: number, action: PacketAction, span: Span, part: Seen | null = null): Promise<Seen> {
    const world = this.#world
    const { sent } = world.wire
    const end = Math.max(span.from, world.now) + PATIENCE
    while (sent.length === 0 && world.clock.nextDeadline <= end) await world.until(world.clock.nextDeadline)
    this.#calls.check()
    const first = sent.shift()
    if (first !== undefined) return readFrame(first, world.packet())
    const what =
      part === null ? 'this packet was expected, and nothing was sent' : 'only a part of this packet was sent'
    throw failed(
      line,
      `${what} until ${this.#timing.since(world.now)} s`,
      this.#difference(action, span, part, this.#flows.current),
    )
  }

  /** The flow that a packet of the stack belongs to; null: not the one that the line is about. */
  #flowOf(action: PacketAction, seen: Seen): Flow | null {
    const flows = this.#flows
    if (seen.kind !== 'tcp' && seen.kind !== 'udp') return null
    const { kind, localPort, remotePort } = seen
    if (action.ports !== null) {
      if (action.ports.source !== localPort || action.ports.destination !== remotePort) return null
      return flows.use(kind, localPort, remotePort)
    }
    const { current } = flows
    const opens = kind === 'udp' || (seen.flags & (SYN | ACK)) === SYN
    if (current === null || (opens && flows.find(kind, localPort, remotePort) === null))
      return flows.use(kind, localPort, remotePort)
    return current.protocol === kind && current.localPort === localPort && current.remotePort === remotePort
      ? current
      : null
  }

  #mismatch(line: number, action: PacketAction, span: Span, seen: Seen, flow: Flow | null, found: readonly string[]) {
    const late = this.#timing.complaint(span, seen.time)
    const time = late === null ? [] : [`it ${late}`]
    return failed(
      line,
      `another packet was sent: ${[...found, ...time].join('; ')}`,
      this.#difference(action, span, seen, flow),
    )
  }

  #difference(action: PacketAction, span: Span, seen: Seen | null, flow: Flow | null): string[] {
    const at = span.to === Number.POSITIVE_INFINITY ? '*' : this.#timing.since(span.from)
    const script = `  script packet: ${at.padStart(11)} ${action.text}`
    if (seen === null) return [script]
    return [script, `  actual packet: ${this.#timing.since(seen.time).padStart(11)} > ${showSeen(seen, flow)}`]
  }

  // --- code

  /** TCP_INFO of the connection that the last packet was of. */
  #info(): TcpInfo | null {
    const { current } = this.#flows
    if (current === null) return null
    let found: TcpInfo | null = null
    this.#world.host.stack.tcp.forEach((endpoint) => {
      if (endpoint.localPort === current.localPort && endpoint.remotePort === current.remotePort)
        found = endpoint.info()
    })
    return found
  }
}

const SYN = 2
const ACK = 16
