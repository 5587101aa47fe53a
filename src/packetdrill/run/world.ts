/** One host, whose only link ends in the script. */
import type { Host, Process } from '../../host/index.ts'
import { Network } from '../../network/network.ts'
import type { Platform } from '../../network/platform.ts'
import type { Scheduler } from '../../time/scheduler.ts'
import { ANY4, ANY6, MacAddress } from '../../wire/address.ts'
import type { Packet } from '../../wire/packet.ts'
import type { Setup } from './setup.ts'
import { WireEnd } from './wire-end.ts'

/** The gateway's link address: everything goes to it and comes from it. */
const GATEWAY_MAC = new MacAddress(0x0200, 0x0000_0fff)
/** The script begins when the host has been up for so long: no clock of its is near zero, ns. */
const UPTIME = 100e9
const SIGPIPE = 13

export interface WorldOptions {
  /** The runtime that drives the network; default: any. */
  readonly platform?: Platform
  /** Called with the network before anything happens in it (a capture, an observer of events). */
  readonly onNetwork?: (network: Network) => void
}

export class World {
  readonly setup: Setup
  readonly host: Host
  readonly process: Process
  readonly wire: WireEnd
  readonly #network: Network
  #error: unknown = null

  private constructor(setup: Setup, options: WorldOptions) {
    this.setup = setup
    this.#network = new Network({
      onError: (error) => {
        this.#error ??= error
      },
      ...(options.platform === undefined ? {} : { platform: options.platform }),
    })
    this.#network.pause()
    const { local, gateway, mtu } = setup
    this.host = this.#network.host('packetdrill', { mtu, address: `${local}/${local.family === 4 ? 16 : 48}` })
    const iface = this.host.ip.interfaces.find((one) => one.kind === 'ethernet')
    if (iface === undefined) throw new Error('invariant: the host has an Ethernet interface')
    this.wire = new WireEnd(this.#network.clock, mtu)
    iface.attach(this.wire)
    const { ip } = this.host
    const neighbours = gateway.family === 4 ? ip.neighbours4 : ip.neighbours6
    neighbours.set(gateway, iface, GATEWAY_MAC, 'PERMANENT')
    ip.addRoute({ destination: gateway.family === 4 ? ANY4 : ANY6, prefixLength: 0, gateway, iface })
    this.#mac = iface.mac
    this.process = this.host.process('packetdrill')
    // A broken pipe is an errno to compare, not the end of the run.
    this.process.sigaction(SIGPIPE, 'ignore')
    options.onNetwork?.(this.#network)
  }

  readonly #mac: MacAddress

  static async make(setup: Setup, options: WorldOptions): Promise<World> {
    const world = new World(setup, options)
    await world.until(UPTIME)
    world.wire.sent.length = 0
    return world
  }

  /** Nanoseconds since the network's start. */
  get now(): number {
    return this.#network.now
  }

  get clock(): Scheduler {
    return this.#network.clock
  }

  packet(): Packet {
    return this.#network.memory.packet()
  }

  /** Let time pass until `time`, and do all that is due then. A time that has passed: do what is due now. */
  async until(time: number): Promise<void> {
    await this.#network.runFor(Math.max(0, time - this.now))
    if (this.#error !== null) throw this.#error
  }

  /** Do all that is due now. */
  settle(): Promise<void> {
    return this.until(this.now)
  }

  /** A packet from outside, whose fields from the network layer up are filled. */
  inject(packet: Packet): void {
    packet.srcMac = GATEWAY_MAC
    packet.dstMac = this.#mac
    this.wire.inject(packet)
  }

  close(): Promise<void> {
    return this.#network.close()
  }
}
