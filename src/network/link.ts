import type { Device } from '../link/device.ts'
import {
  Cable,
  Gate,
  Impairment,
  type ImpairmentOptions,
  type ImpairmentStats,
  type PacketMode,
  type SwitchPort,
} from '../link/index.ts'
import type { NetworkInterface } from '../link/interface.ts'
import type { Random } from '../time/random.ts'
import type { Scheduler } from '../time/scheduler.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import { type Digest, DigestedDevice } from './digest.ts'
import type { LinkOptions } from './topology/types.ts'

/** What a cable is plugged into: an interface of a host, or a port of a switch. */
export interface LinkPlug {
  /** `server:eth0`, `sw0:2`. */
  readonly name: string
  /** The host or switch it belongs to. */
  readonly owner: string
  readonly socket: NetworkInterface | SwitchPort
}

export interface LinkContext {
  readonly clock: Scheduler
  readonly telemetry: Telemetry
  readonly random: Random
  readonly mode: PacketMode
  /** Takes in every frame that enters the link; null: nobody asked. */
  readonly digest: Digest | null
}

/** One direction of a link: what its sending end passes before the cable. */
export class Direction {
  readonly from: LinkPlug
  readonly to: LinkPlug
  readonly gate: Gate
  readonly #impairment: Impairment

  constructor(from: LinkPlug, to: LinkPlug, cableEnd: Device, context: LinkContext, direction: 0 | 1) {
    this.from = from
    this.to = to
    const { digest } = context
    const name = direction === 0 ? `${from.name} - ${to.name}` : `${to.name} - ${from.name}`
    const end = digest === null ? cableEnd : new DigestedDevice(cableEnd, context.clock, digest, name, direction)
    this.gate = new Gate(end, context)
    this.#impairment = new Impairment(this.gate, {
      clock: context.clock,
      telemetry: context.telemetry,
      random: context.random.stream(`${from.name}>${to.name}`),
    })
    from.socket.attach(this.#impairment)
  }

  /** Change latency, loss, rate ...; what is left out stays as it is. Throws a RangeError that names a wrong value. */
  set(options: ImpairmentOptions): void {
    this.#impairment.set(options)
  }

  get stats(): ImpairmentStats {
    return this.#impairment.stats
  }
}

const directionOnly = (options: LinkOptions): ImpairmentOptions => {
  const { mtu: _mtu, offload: _offload, forward: _forward, backward: _backward, ...rest } = options
  return rest
}

/** A cable with its two plugs. Change it while the network runs with `set`; take it out with `unplug`. */
export class Link {
  readonly a: LinkPlug
  readonly b: LinkPlug
  readonly forward: Direction
  readonly backward: Direction

  constructor(a: LinkPlug, b: LinkPlug, context: LinkContext, options: LinkOptions = {}) {
    this.a = a
    this.b = b
    const cable = new Cable(context.clock, {
      telemetry: context.telemetry,
      mode: context.mode,
      ...(options.mtu === undefined ? {} : { mtu: options.mtu }),
      ...(options.offload === undefined ? {} : { offload: options.offload }),
    })
    this.forward = new Direction(a, b, cable.a, context, 0)
    this.backward = new Direction(b, a, cable.b, context, 1)
    this.set(options)
  }

  /** `server:eth0 - client:eth0`. */
  get name(): string {
    return `${this.a.name} - ${this.b.name}`
  }

  /** Change both directions, then what `forward` and `backward` say of one. */
  set(options: Omit<LinkOptions, 'mtu' | 'offload'>): void {
    const both = directionOnly(options)
    this.forward.set({ ...both, ...options.forward })
    this.backward.set({ ...both, ...options.backward })
  }

  /** Pull the cable out at both ends. */
  unplug(): void {
    this.a.socket.attach(null)
    this.b.socket.attach(null)
  }
}
