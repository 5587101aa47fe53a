/** Requests out, replies and errors in, until there is a reason to stop (iputils main_loop and pinger). */
import { type Process, Signal } from '../../host/index.ts'
import { IP_TTL, IPV6_HOPLIMIT } from '../../socket/constants.ts'
import type { AddressOut, ReceiveMessage } from '../../socket/index.ts'
import type { ControlMessage, ExtendedError } from '../../socket/message.ts'
import type { Address } from '../../wire/address.ts'
import { get16, put16 } from '../../wire/bytes.ts'
import { Msg, Poll } from '../../wire/call.ts'
import { EAGAIN, EMSGSIZE, strerror } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import { complainText, writeOut } from '../output.ts'
import { icmpText } from './errors.ts'
import type { PingOptions } from './options.ts'
import type { PingSocket } from './socket.ts'
import { Statistics, timeText } from './statistics.ts'

const HEADER = 8
/** A payload this long carries the time it was sent. */
const TIMEVAL = 16
const US = 1000
/** Between packets of a flood that nothing answers, microseconds. */
const FLOOD_GAP = 10_000

export class Session {
  readonly stats = new Statistics()
  readonly #proc: Process
  readonly #o: PingOptions
  readonly #socket: PingSocket
  readonly #target: Address
  readonly #name: (address: Address) => Promise<string>
  /** When each request left, nanoseconds, by sequence number; a reply takes it out. */
  readonly #sent = new Map<number, number>()
  readonly #answered = new Set<number>()
  readonly #packet: Uint8Array
  readonly #room: Uint8Array
  #exiting = false
  #asksStatus = false
  /** Nanoseconds. */
  #nextSend = 0
  #end = Number.POSITIVE_INFINITY

  constructor(
    proc: Process,
    socket: PingSocket,
    target: Address,
    options: PingOptions,
    name: (address: Address) => Promise<string>,
  ) {
    this.#proc = proc
    this.#socket = socket
    this.#target = target
    this.#o = options
    this.#name = name
    this.#packet = makeRequest(target.family, options)
    this.#room = new Uint8Array(Math.max(options.size + HEADER + 128, 1500))
  }

  get #now(): number {
    return this.#proc.host.clock.now
  }

  async run(): Promise<void> {
    const { stats } = this
    this.#proc.onSignal(Signal.SIGINT, () => this.#stop(), false)
    this.#proc.onSignal(Signal.SIGALRM, () => this.#stop(), false)
    this.#proc.onSignal(Signal.SIGQUIT, () => this.#askStatus(), false)
    stats.started = stats.latest = this.#nextSend = this.#now
    if (this.#o.deadline > 0) this.#end = this.#now + this.#o.deadline * 1e9
    for (;;) {
      if (this.#asksStatus) {
        this.#asksStatus = false
        await complainText(this.#proc, stats.status())
      }
      if (this.#isOver()) return
      if (!this.#mayWait && this.#now >= this.#nextSend) await this.#send()
      if (this.#isOver()) return
      await this.#wait()
      if (!this.#exiting) await this.#receive()
    }
  }

  #stop(): void {
    this.#exiting = true
  }

  #askStatus(): void {
    this.#asksStatus = true
  }

  #isOver(): boolean {
    const { count, deadline } = this.#o
    const { received, errors } = this.stats
    if (this.#exiting || this.#now >= this.#end) return true
    if (count > 0 && received + errors >= count) return true
    return deadline > 0 && errors > 0
  }

  /** Everything has been sent; -w goes on sending until its end. */
  get #mayWait(): boolean {
    return this.#o.count > 0 && this.stats.transmitted >= this.#o.count && this.#o.deadline === 0
  }

  async #wait(): Promise<void> {
    const until = Math.min(this.#end, this.#mayWait ? Number.POSITIVE_INFINITY : this.#nextSend)
    const timeout = until === Number.POSITIVE_INFINITY ? -1 : Math.max(0, (until - this.#now) / 1e6)
    await this.#proc.promises.pollResult([{ fd: this.#socket.fd, events: Poll.IN }], timeout)
  }

  async #send(): Promise<void> {
    const { stats } = this
    const o = this.#o
    const burst = stats.transmitted === 0 ? o.preload : 1
    for (let i = 0; i < burst && !this.#mayWait; i++) await this.#sendOne()
    const gap = o.flood ? FLOOD_GAP : o.interval
    this.#nextSend = this.#now + gap * US
    if (!this.#mayWait || o.deadline > 0) return
    // __schedule_exit: twice the slowest answer so far, at least an interval; without any, -W.
    const patience = stats.received > 0 ? Math.max(2 * stats.most, o.interval, FLOOD_GAP) : o.linger
    this.#end = Math.min(this.#end, this.#now + patience * US)
  }

  async #sendOne(): Promise<void> {
    const { stats } = this
    const o = this.#o
    if (o.outstanding && stats.transmitted > 0 && !this.#answered.has(stats.transmitted & 0xffff))
      await writeOut(this.#proc, `${this.#stamp()}no answer yet for icmp_seq=${stats.transmitted & 0xffff}\n`)
    const sequence = (stats.transmitted + 1) & 0xffff
    put16(this.#packet, 6, sequence)
    this.#putTime()
    const address = { address: this.#target.toString(), port: 0 }
    let result = this.#proc.sendto(this.#socket.fd, this.#packet, 0, address)
    // The error of an earlier packet: it is in the queue of errors, and this one was not sent.
    if (result < 0 && result !== -EMSGSIZE && (await this.#receiveErrors()) > 0)
      result = this.#proc.sendto(this.#socket.fd, this.#packet, 0, address)
    stats.transmitted++
    stats.latest = this.#now
    this.#sent.set(sequence, this.#now)
    this.#answered.delete(sequence)
    if (o.flood && !o.quiet) await writeOut(this.#proc, '.')
    if (result >= 0) return
    if (result === -EMSGSIZE && (await this.#receiveErrors()) > 0) return
    await complainText(this.#proc, `ping: sendmsg: ${strerror(result)}\n`)
  }

  #putTime(): void {
    if (this.#o.size < TIMEVAL) return
    const view = new DataView(this.#packet.buffer)
    const { epoch } = this.#proc.host.ctx
    const microseconds = epoch * 1000 + Math.floor(this.#now / US)
    view.setUint32(HEADER, Math.floor(microseconds / 1e6), true)
    view.setUint32(HEADER + 8, microseconds % 1e6, true)
  }

  /** Everything that has arrived. */
  async #receive(): Promise<void> {
    for (;;) {
      const errors = await this.#receiveErrors()
      const name: AddressOut = { length: 0, address: null }
      const message: ReceiveMessage = { vectors: [this.#room], controlRoom: 512, name }
      const n = this.#proc.recvmsg(this.#socket.fd, message, Msg.DONTWAIT)
      const from = name.address !== null && 'address' in name.address ? name.address.address : ''
      if (n >= 0) await this.#reply(n, from, message.control ?? [])
      else if (n === -EAGAIN && errors === 0) return
    }
  }

  async #reply(length: number, from: string, control: readonly ControlMessage[]): Promise<void> {
    const { stats } = this
    const o = this.#o
    const type = this.#target.family === 4 ? 0 : 129
    if (length < HEADER || this.#room[0] !== type) return
    const sequence = get16(this.#room, 6)
    const sentAt = this.#sent.get(sequence)
    const isDuplicate = this.#answered.has(sequence)
    if (isDuplicate) stats.duplicates++
    else stats.received++
    this.#answered.add(sequence)
    const rtt = sentAt === undefined || o.size < TIMEVAL ? null : Math.floor((this.#now - sentAt) / US)
    if (rtt !== null) stats.time(rtt)
    stats.pipe = Math.max(stats.pipe, (stats.transmitted - sequence + 1) & 0xffff)
    if (o.adaptive || o.flood) this.#nextSend = this.#now
    if (o.quiet) return
    if (o.flood) {
      await writeOut(this.#proc, '\b \b')
      return
    }
    const ttl = control.find(({ type: kind }) => kind === (this.#target.family === 4 ? IP_TTL : IPV6_HOPLIMIT))?.data
    const parts = [
      `${this.#stamp()}${length} bytes from ${await this.#nameOf(from)}: icmp_seq=${sequence}`,
      typeof ttl === 'number' ? ` ttl=${ttl}` : '',
      rtt === null ? '' : ` time=${timeText(rtt)} ms`,
      isDuplicate ? ' (DUP!)' : '',
      o.audible ? '\x07' : '',
      this.#difference(length),
    ]
    await writeOut(this.#proc, `${parts.join('')}\n`)
  }

  /** A payload that came back changed. */
  #difference(length: number): string {
    const start = HEADER + (this.#o.size >= TIMEVAL ? TIMEVAL : 0)
    for (let i = start; i < length; i++)
      if (this.#room[i] !== this.#packet[i])
        return `\nwrong data byte #${i - HEADER} should be 0x${hex(this.#packet[i])} but was 0x${hex(this.#room[i])}`
    return ''
  }

  /** The queue of errors to its end; how many. */
  async #receiveErrors(): Promise<number> {
    let count = 0
    for (;;) {
      const message: ReceiveMessage = { vectors: [this.#room], controlRoom: 512 }
      const n = this.#proc.recvmsg(this.#socket.fd, message, Msg.ERRQUEUE | Msg.DONTWAIT)
      if (n < 0) return count
      count++
      const error = (message.control ?? []).map(({ data }) => data).find(isExtendedError)
      if (error !== undefined) await this.#error(error, get16(this.#room, 6))
    }
  }

  async #error(error: ExtendedError, sequence: number): Promise<void> {
    const o = this.#o
    this.stats.errors++
    if (o.quiet) return
    if (error.offender === null || error.offender.isUnspecified) {
      const text =
        error.errno === EMSGSIZE
          ? `local error: message too long, mtu=${error.info}`
          : `local error: ${strerror(error.errno)}`
      await complainText(this.#proc, o.flood ? 'E' : `ping: ${text}\n`)
      return
    }
    if (o.flood) {
      await writeOut(this.#proc, '\bE')
      return
    }
    const from = await this.#name(error.offender.unmapped())
    const text = icmpText(this.#target.family, error)
    await writeOut(this.#proc, `${this.#stamp()}From ${from} icmp_seq=${sequence} ${text}\n`)
  }

  async #nameOf(text: string): Promise<string> {
    const address = parseAddress(text)
    return address === null ? text : await this.#name(address)
  }

  /** -D. */
  #stamp(): string {
    if (!this.#o.timestamps) return ''
    const microseconds = this.#proc.host.ctx.epoch * 1000 + Math.floor(this.#now / US)
    return `[${Math.floor(microseconds / 1e6)}.${String(microseconds % 1e6).padStart(6, '0')}] `
  }
}

const hex = (byte: number | undefined): string => (byte ?? 0).toString(16)

const isExtendedError = (data: ControlMessage['data']): data is ExtendedError =>
  typeof data === 'object' && 'origin' in data

/** Type, code, room for what the kernel fills, and a payload of counting bytes or of the pattern. */
const makeRequest = (family: 4 | 6, { size, pattern }: PingOptions): Uint8Array => {
  const packet = new Uint8Array(HEADER + size)
  packet[0] = family === 4 ? 8 : 128
  for (let i = 0; i < size; i++)
    packet[HEADER + i] = pattern === null || pattern.length === 0 ? i & 255 : (pattern[i % pattern.length] as number)
  return packet
}
