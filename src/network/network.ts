import { hostsText } from '../host/etc/index.ts'
import { Host, type Program } from '../host/index.ts'
import { Ip } from '../ip/index.ts'
import { Interface, type PacketMode, Switch } from '../link/index.ts'
import { parseDuration } from '../link/units.ts'
import type { HostContext } from '../time/context.ts'
import { createRandom } from '../time/random.ts'
import { Scheduler } from '../time/scheduler.ts'
import { Memory } from '../wire/memory.ts'
import { type HostEvent, Telemetry } from '../wire/telemetry.ts'
import { type CaptureSource, NetworkCapture, type NetworkCaptureOptions } from './capture.ts'
import { Digest } from './digest.ts'
import type { Driver } from './driver.ts'
import { EventHub } from './events.ts'
import { type FaultGroup, type FaultScope, Faults } from './faults.ts'
import { configureHost, type HostSetup } from './host-setup.ts'
import { Link, type LinkPlug } from './link.ts'
import { Inputs } from './log.ts'
import { type Platform, portablePlatform } from './platform.ts'
import { RealDriver } from './real-driver.ts'
import type { LinkOptions } from './topology/types.ts'
import { type CallContext, CallSites, packetComments } from './trace/index.ts'
import { VirtualDriver } from './virtual-driver.ts'

export interface NetworkOptions {
  /** Everything that is left to chance follows from it. Default 1. */
  readonly seed?: number | string
  /** `virtual`: time jumps from event to event. `real`: it follows the machine's clock. Default virtual. */
  readonly time?: 'virtual' | 'real'
  /** How packets travel: as header fields, or serialised and checked on every link. Default records. */
  readonly packets?: PacketMode
  /** The date at network time zero. Default 2026-01-01 in virtual time; in real time the entry's `Date.now()`. */
  readonly start?: Date | string | number
  /** Keep a digest of all frames on all links (`digest()`); costs a serialisation a frame. */
  readonly digest?: boolean
  /**
   * Note for each socket which line of the program opened it and which wrote to it last: `lsof --where`, `ss --where`, and captures
   * show them. Slow where programs write much. Default false.
   */
  readonly trace?: boolean
  /** What the runtime adds to that; entries set it. */
  readonly callContext?: CallContext
  /** Gets errors that callbacks of users throw; unless given they are uncaught. */
  readonly onError?: (error: unknown) => void
  /** The runtime; entries set it. */
  readonly platform?: Platform
  /** Programs that every host has; entries set them. */
  readonly programs?: readonly Program[]
  /** Called with every new host before its programs start; entries hang their faces in. */
  readonly onHost?: (host: Host) => void
}

/** 2026-01-01T00:00:00Z. */
const DEFAULT_EPOCH = 1_767_225_600_000

/** Far more than processes end together. */
const CALLBACKS_AT_CLOSE = 100_000

/** Where a link ends: a host, a host's interface as `host:eth1`, a switch, or a name of one of these. */
export type LinkEnd = Host | Switch | string

/** Many hosts, the links between them, one clock, one seed. */
export class Network {
  readonly seed: number | string
  readonly time: 'virtual' | 'real'
  readonly packets: PacketMode
  readonly clock: Scheduler = new Scheduler()
  readonly memory: Memory = new Memory()
  /** Milliseconds since 1970 at network time zero. */
  readonly epoch: number
  readonly faults: Faults = new Faults()
  readonly inputs: Inputs
  readonly driver: Driver
  readonly #options: NetworkOptions
  readonly #events = new EventHub()
  readonly #links: Link[] = []
  readonly #hosts = new Map<string, Host>()
  readonly #switches = new Map<string, Switch>()
  /** Hosts whose /etc/hosts was given. */
  readonly #ownNames = new Set<Host>()
  readonly #telemetry: Telemetry
  readonly #digest: Digest | null
  #closed = false

  constructor(options: NetworkOptions = {}) {
    this.#options = options
    this.seed = options.seed ?? 1
    this.time = options.time ?? 'virtual'
    this.packets = options.packets ?? 'records'
    const { start } = options
    this.epoch = start === undefined ? DEFAULT_EPOCH : typeof start === 'number' ? start : new Date(start).getTime()
    if (Number.isNaN(this.epoch)) throw new RangeError(`start: "${String(start)}" is not a date`)
    this.#telemetry = new Telemetry('links', this.clock)
    this.#events.add(this.#telemetry)
    this.#digest = options.digest === true ? new Digest() : null
    this.inputs = new Inputs(this.clock)
    const driverOptions = {
      platform: options.platform ?? portablePlatform(),
      ...(options.onError === undefined ? {} : { onError: options.onError }),
    }
    this.driver =
      this.time === 'real' ? new RealDriver(this.clock, driverOptions) : new VirtualDriver(this.clock, driverOptions)
    if (options.trace === true) options.callContext?.open()
    this.driver.start()
  }

  /** Nanoseconds since the network's start. */
  get now(): number {
    return this.clock.now
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()]
  }

  get links(): readonly Link[] {
    return this.#links
  }

  /**
   * A new host, or (without setup) the one of that name.
   *
   * @throws RangeError for a name taken, a wrong address; Error for an unknown name
   */
  host(name: string, setup?: HostSetup): Host {
    const known = this.#hosts.get(name)
    if (setup === undefined && known !== undefined) return known
    if (known !== undefined || this.#switches.has(name))
      throw new RangeError(`there is a host or switch "${name}" already`)
    if (this.#closed) throw new Error('the network is closed')
    const ctx: HostContext = {
      name,
      clock: this.clock,
      memory: this.memory,
      telemetry: new Telemetry(name, this.clock),
      random: createRandom(this.seed, `host ${name}`),
      epoch: this.epoch,
    }
    const host = new Host(ctx, (c) => new Ip(c), { packets: this.packets })
    if (this.#options.trace === true) host.stack.sockets.trace = new CallSites(this.#options.callContext ?? null)
    for (const program of this.#options.programs ?? []) host.programs.register(program)
    configureHost(host, setup ?? {})
    if (setup?.files?.['/etc/hosts'] !== undefined) this.#ownNames.add(host)
    this.#hosts.set(name, host)
    this.#events.add(ctx.telemetry)
    const { ip } = host.stack
    this.faults.addHost({
      name,
      hasAddress: (address) => ip.isLocal(address),
      hasMac: (mac) => ip.interfaces.some((iface) => iface.mac.equals(mac)),
    })
    this.#nameEverybody()
    this.#options.onHost?.(host)
    return host
  }

  /** Hosts know one another by name: each new one joins every /etc/hosts. */
  #nameEverybody(): void {
    const entries = this.hosts.flatMap((host) =>
      host.stack.ip.interfaces
        .filter((iface) => iface.kind === 'ethernet')
        .flatMap((iface) => host.stack.ip.addresses(iface).slice(0, 1))
        .slice(0, 1)
        .map(({ address }) => ({ address: address.toString(), names: [host.name] })),
    )
    for (const host of this.#hosts.values())
      if (!this.#ownNames.has(host)) host.putFiles({ '/etc/hosts': hostsText(entries) })
  }

  /** A new learning switch, or the one of that name. */
  switch(name = `sw${this.#switches.size}`): Switch {
    const known = this.#switches.get(name)
    if (known !== undefined) return known
    if (this.#hosts.has(name)) throw new RangeError(`"${name}" is a host`)
    const made = new Switch(name, { clock: this.clock, telemetry: this.#telemetry })
    this.#switches.set(name, made)
    return made
  }

  /**
   * Join two ends by a cable. A host is plugged in by its first free interface; it gets a new one when all are taken.
   *
   * @throws Error naming an end that does not exist; RangeError for a wrong option. Then nothing has changed
   */
  link(a: LinkEnd, b: LinkEnd, options: LinkOptions = {}): Link {
    const first = this.#plug(a)
    const second = this.#plug(b)
    const link = new Link(
      first,
      second,
      {
        clock: this.clock,
        telemetry: this.#telemetry,
        random: createRandom(this.seed, 'links'),
        mode: this.packets,
        digest: this.#digest,
      },
      options,
    )
    this.#links.push(link)
    if (this.#hosts.has(second.owner)) this.faults.addGate(second.owner, link.forward.gate)
    if (this.#hosts.has(first.owner)) this.faults.addGate(first.owner, link.backward.gate)
    return link
  }

  #plug(end: LinkEnd): LinkPlug {
    if (end instanceof Switch) {
      const port = end.addPort()
      return { name: `${end.name}:${port.number}`, owner: end.name, socket: port }
    }
    const [name, dev] = typeof end === 'string' ? end.split(':') : [end.name]
    const asSwitch = this.#switches.get(name as string)
    if (asSwitch !== undefined) return this.#plug(asSwitch)
    const host = this.#hosts.get(name as string)
    if (host === undefined) throw new Error(`there is no host or switch "${name}"`)
    const nics = host.stack.ip.interfaces.filter(
      (iface): iface is Interface => iface instanceof Interface && iface.kind === 'ethernet',
    )
    const iface =
      dev === undefined
        ? (nics.find((nic) => nic.device === null) ?? (host.addInterface() as Interface))
        : nics.find((nic) => nic.name === dev)
    if (iface === undefined) throw new Error(`host "${name}" has no interface "${dev}"`)
    if (iface.device !== null) throw new Error(`${name}:${iface.name} is plugged in already`)
    return { name: `${host.name}:${iface.name}`, owner: host.name, socket: iface }
  }

  /** Take a link out. */
  unlink(link: Link): void {
    const at = this.#links.indexOf(link)
    if (at < 0) return
    this.#links.splice(at, 1)
    if (this.#hosts.has(link.b.owner)) this.faults.removeGate(link.b.owner, link.forward.gate)
    if (this.#hosts.has(link.a.owner)) this.faults.removeGate(link.a.owner, link.backward.gate)
    link.unplug()
  }

  /** Drop what one says to the other, both ways unless `oneWay`. Hosts, names, or lists of them. */
  partition(a: FaultTarget, b: FaultTarget, scope?: FaultScope): void {
    this.faults.partition(namesOf(a), namesOf(b), scope)
  }

  /** End a partition: between two, of one with all, or all of them. */
  heal(a?: FaultTarget, b?: FaultTarget, scope?: FaultScope): void {
    this.faults.heal(a === undefined ? undefined : namesOf(a), b === undefined ? undefined : namesOf(b), scope)
  }

  /** Keep packets back, in order, until `release`. */
  hold(a: FaultTarget, b: FaultTarget, scope?: FaultScope): void {
    this.faults.hold(namesOf(a), namesOf(b), scope)
  }

  release(a?: FaultTarget, b?: FaultTarget, scope?: FaultScope): void {
    this.faults.release(a === undefined ? undefined : namesOf(a), b === undefined ? undefined : namesOf(b), scope)
  }

  /** Record frames as pcapng: of all interfaces, or of those named (`server`, `server:eth0`). */
  capture(options: NetworkCaptureOptions = {}): NetworkCapture {
    const all: CaptureSource[] = this.hosts.flatMap((host) => {
      const comment = packetComments(host.stack.sockets)
      return host.stack.ip.interfaces.map((iface) => ({ name: `${host.name}:${iface.name}`, iface, comment }))
    })
    const { interfaces } = options
    for (const wanted of interfaces ?? [])
      if (!all.some(({ name }) => name === wanted || name.startsWith(`${wanted}:`)))
        throw new Error(`there is no host or interface "${wanted}" to capture from`)
    const sources =
      interfaces === undefined
        ? all
        : all.filter(({ name }) => interfaces.some((w) => name === w || name.startsWith(`${w}:`)))
    return new NetworkCapture(sources, this.clock, this.epoch, this.#events, options)
  }

  /** Every drop, reset, retransmission and state change, with its reason. Returns what ends it. */
  events(listener: (event: HostEvent) => void): () => void {
    return this.#events.listen(listener)
  }

  /** The digest so far: sixteen hexadecimal digits. Needs `digest: true`. */
  digest(): string {
    if (this.#digest === null) throw new Error('make the network with { digest: true } to have a digest')
    return this.#digest.value
  }

  /** Call `action` at a time from now: `'2s'` or nanoseconds. */
  after(delay: string | number, action: () => void): void {
    const timer = { heapId: -1, expire: action }
    this.clock.arm(timer, this.clock.now + parseDuration(delay))
  }

  /** Virtual time: stop the clock after the present instant, until `resume` or one of the `run` calls. */
  pause(): void {
    this.#virtual('pause').pause()
  }

  resume(): void {
    this.#virtual('resume').resume()
  }

  /** Virtual time: let so much of it pass; resolves when it has. */
  runFor(duration: string | number): Promise<number> {
    return this.#virtual('runFor').runFor(parseDuration(duration))
  }

  /** Virtual time: run until nothing is left to happen. */
  runUntilIdle(): Promise<number> {
    return this.#virtual('runUntilIdle').runUntilIdle()
  }

  #virtual(call: string): VirtualDriver {
    if (this.driver instanceof VirtualDriver) return this.driver
    throw new Error(`${call}: the network is in real time`)
  }

  /** Switch all hosts off and stop the clock. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const host of this.#hosts.values()) host.close()
    this.#options.callContext?.close()
    const failures = this.#tellEnds()
    this.driver.close()
    // Whoever waits for a process's end hears of it before this resolves.
    await Promise.resolve()
    if (failures.length > 0) throw failures[0]
  }

  /**
   * What tells of the processes' ends is queued, as every callback is, and a closed driver runs none: so they run now. One may
   * queue another; what goes on for ever is nobody's end. Errors, unless somebody takes them.
   */
  #tellEnds(): readonly unknown[] {
    const failures: unknown[] = []
    for (let left = CALLBACKS_AT_CLOSE; left > 0; left--) {
      try {
        if (!this.clock.runCallback()) break
      } catch (error) {
        if (this.#options.onError === undefined) failures.push(error)
        else this.#options.onError(error)
      }
    }
    return failures
  }
}

/** Hosts by themselves or by name. */
export type FaultTarget = string | Host | readonly (string | Host)[]

const namesOf = (target: FaultTarget): FaultGroup => {
  if (typeof target === 'string') return target
  if (target instanceof Host) return target.name
  return target.map((one) => (typeof one === 'string' ? one : one.name))
}
