/**
 * A learning switch (IEEE 802.1D without spanning tree): a frame goes to the port where its destination was last heard,
 * to all other ports when that is unknown or a group, and never back to the port that it came from.
 *
 * A port is plugged into the end of a cable, like an interface, so each direction of each cable can be impaired, cut and
 * captured. Frames pass unparsed: of raw ones the two addresses are read.
 */
import type { Clock } from '../time/scheduler.ts'
import { get16, get32 } from '../wire/bytes.ts'
import { ETHERNET_HEADER } from '../wire/ethernet.ts'
import { Form, type FrameSink, type Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { Device } from './device.ts'
import { MacTable } from './mac-table.ts'

/** A socket of the switch. */
export class SwitchPort implements FrameSink {
  readonly number: number
  readonly #switch: Switch
  #device: Device | null = null

  constructor(owner: Switch, number: number) {
    this.#switch = owner
    this.number = number
  }

  get device(): Device | null {
    return this.#device
  }

  /** Plug a cable in, or with null out; the stations behind it are forgotten. */
  attach(device: Device | null): void {
    if (this.#device !== null) this.#device.sink = null
    this.#device = device
    if (device !== null) device.sink = this
    this.#switch.stations.forgetPort(this.number)
  }

  receive(frame: Packet): void {
    this.#switch.forward(frame, this)
  }
}

export class Switch {
  readonly name: string
  readonly stations: MacTable
  readonly #clock: Clock
  readonly #telemetry: Telemetry
  readonly #ports: SwitchPort[] = []

  /** `stations`: bound of the table of link addresses; 8192 unless given. */
  constructor(name: string, context: { readonly clock: Clock; readonly telemetry: Telemetry }, stations?: number) {
    this.name = name
    this.stations = new MacTable(stations)
    this.#clock = context.clock
    this.#telemetry = context.telemetry
  }

  get ports(): readonly SwitchPort[] {
    return this.#ports
  }

  /** One more port, with nothing plugged in. */
  addPort(): SwitchPort {
    const port = new SwitchPort(this, this.#ports.length)
    this.#ports.push(port)
    return port
  }

  /** Takes ownership of a frame that came in by `from`. */
  forward(frame: Packet, from: SwitchPort): void {
    const raw = frame.form === Form.FRAME
    if (raw && frame.end - frame.start < ETHERNET_HEADER) {
      this.#telemetry.drop(frame, Reason.FrameTooShort, this)
      return
    }
    const { buf, start } = frame
    const toHigh = raw ? get16(buf, start) : frame.dstMac.high
    const toLow = raw ? get32(buf, start + 2) : frame.dstMac.low
    const fromHigh = raw ? get16(buf, start + 6) : frame.srcMac.high
    const fromLow = raw ? get32(buf, start + 8) : frame.srcMac.low
    const { now } = this.#clock
    // A group is nobody's source address (IEEE 802.1D 7.8).
    if ((fromHigh & 0x0100) === 0) this.stations.learn(fromHigh, fromLow, from.number, now)
    const port = (toHigh & 0x0100) === 0 ? this.stations.find(toHigh, toLow, now) : -1
    if (port < 0) this.#flood(frame, from)
    else if (port === from.number) this.#telemetry.drop(frame, Reason.SwitchFiltered, this)
    else this.#sendTo(this.#ports[port] as SwitchPort, frame)
  }

  #sendTo(port: SwitchPort, frame: Packet): void {
    const { device } = port
    if (device === null) this.#telemetry.drop(frame, Reason.NoCarrier, this)
    else device.send(frame)
  }

  #flood(frame: Packet, from: SwitchPort): void {
    let last: Device | null = null
    for (const port of this.#ports) {
      const { device } = port
      if (port === from || device === null) continue
      if (last !== null) last.send(frame.clone())
      last = device
    }
    if (last === null) this.#telemetry.drop(frame, Reason.NoCarrier, this)
    else last.send(frame)
  }
}
