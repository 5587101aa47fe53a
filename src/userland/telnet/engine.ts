/**
 * The Telnet protocol without sockets: bytes in, data and answers out. A network virtual terminal in the user's role (RFC 854,
 * RFC 1123 3) that speaks BINARY, ECHO (the server's), SUPPRESS-GO-AHEAD, TERMINAL-TYPE, NAWS and TIMING-MARK.
 */
import { DM, DO, DONT, IAC, IS, Option, SB, SE, SEND, WILL, WONT } from './codes.ts'
import { Options, type Side } from './options.ts'

export interface EngineHandler {
  /** Bytes for the network, in order. */
  send(bytes: readonly number[]): void
  /** What a server may ask for with TERMINAL-TYPE SEND. */
  readonly terminalType: string
  /** Columns and rows of the window. */
  windowSize(): readonly [number, number]
  /** An option came into force or out of it: the terminal's mode may depend on it. */
  optionChanged(side: Side, option: number, on: boolean): void
  /** The server has answered a timing mark: output is shown again. */
  timingMark(): void
}

type State = 'data' | 'cr' | 'iac' | 'verb' | 'sb' | 'sb-iac'

/** Longest subnegotiation that is kept; of a longer one the rest is skipped. */
const SUBNEGOTIATION_LIMIT = 512
const CR = 13
const LF = 10
const NUL = 0

const ACCEPTED: Readonly<Record<Side, readonly number[]>> = {
  us: [Option.BINARY, Option.SGA, Option.TTYPE, Option.NAWS],
  him: [Option.BINARY, Option.ECHO, Option.SGA],
}

export class TelnetEngine {
  readonly options: Options
  /** A bare carriage return is sent as CR LF instead of CR NUL. */
  crlf = false
  /** A carriage return received is shown as CR LF. */
  crmod = false
  readonly #handler: EngineHandler
  #state: State = 'data'
  #verb = 0
  #parameters: number[] = []
  /** Between an urgent signal and its DM: data are dropped, commands obeyed. */
  #discarding = false

  constructor(handler: EngineHandler) {
    this.#handler = handler
    this.options = new Options({
      negotiate: (verb, option) => handler.send([IAC, verb, option]),
      accepts: (side, option) => ACCEPTED[side].includes(option),
      changed: (side, option, on) => this.#changed(side, option, on),
    })
  }

  // Receiving

  /** Bytes from the network: what is to be shown. Any cut between two calls is as good as another. */
  receive(bytes: Uint8Array): Uint8Array {
    const shown: number[] = []
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number
      if (this.#state === 'data' || this.#state === 'cr') this.#data(byte, bytes[i + 1], shown)
      else if (this.#state === 'iac' && byte === IAC) this.#doubled(shown)
      else this.#command(byte)
    }
    return Uint8Array.from(shown)
  }

  /** TCP has urgent data: everything up to the next DM is dropped (RFC 854 "Synch"). */
  synch(): void {
    this.#discarding = true
  }

  get isDiscarding(): boolean {
    return this.#discarding
  }

  #data(byte: number, next: number | undefined, shown: number[]): void {
    const afterCr = this.#state === 'cr'
    this.#state = 'data'
    if (byte === IAC) this.#state = 'iac'
    else if (this.#discarding || (afterCr && byte === NUL)) return
    else if (byte !== CR || this.options.isOn('him', Option.BINARY)) shown.push(byte)
    // The terminal makes CR LF of a newline itself; a server that echoes means its bytes as they are.
    else if (next === LF && !this.crmod && !this.options.isOn('him', Option.ECHO)) return
    else {
      shown.push(CR)
      if (this.crmod) shown.push(LF)
      this.#state = 'cr'
    }
  }

  /** IAC IAC is the data byte 255. */
  #doubled(shown: number[]): void {
    this.#state = 'data'
    if (!this.#discarding) shown.push(IAC)
  }

  #command(byte: number): void {
    switch (this.#state) {
      case 'iac':
        this.#afterIac(byte)
        break
      case 'verb':
        this.#state = 'data'
        this.#negotiation(this.#verb, byte)
        break
      case 'sb':
        if (byte === IAC) this.#state = 'sb-iac'
        else this.#parameter(byte)
        break
      default:
        this.#afterSbIac(byte)
    }
  }

  #afterIac(byte: number): void {
    if (byte === SB) {
      this.#parameters = []
      this.#state = 'sb'
    } else if (byte >= WILL && byte <= DONT) {
      this.#verb = byte
      this.#state = 'verb'
    } else {
      this.#state = 'data'
      if (byte === DM) this.#discarding = false
      // NOP, GA, and what a user's end can only ignore (RFC 1123 3.2.3).
    }
  }

  #afterSbIac(byte: number): void {
    if (byte === IAC) {
      this.#parameter(IAC)
      this.#state = 'sb'
      return
    }
    this.#state = 'data'
    // IAC and anything but SE: the end was lost; what follows is taken as a command.
    if (byte === SE) this.#subnegotiation()
    else this.#afterIac(byte)
  }

  #parameter(byte: number): void {
    if (this.#parameters.length < SUBNEGOTIATION_LIMIT) this.#parameters.push(byte)
  }

  #negotiation(verb: number, option: number): void {
    if (option === Option.TIMING_MARK) this.#timing(verb)
    else this.options.received(verb, option)
  }

  /** RFC 860: every DO is a question of its own, so no state is kept. */
  #timing(verb: number): void {
    if (verb === DO) this.#handler.send([IAC, WILL, Option.TIMING_MARK])
    else if (verb === WILL || verb === WONT) this.#handler.timingMark()
  }

  #changed(side: Side, option: number, on: boolean): void {
    if (side === 'us' && option === Option.NAWS && on) this.windowChanged()
    this.#handler.optionChanged(side, option, on)
  }

  #subnegotiation(): void {
    const [option, what] = this.#parameters
    if (option !== Option.TTYPE || what !== SEND || !this.options.isOn('us', Option.TTYPE)) return
    const name = Array.from(new TextEncoder().encode(this.#handler.terminalType.toUpperCase()))
    this.#bracket(Option.TTYPE, [IS, ...name])
  }

  // Sending

  /** The window has another size (RFC 1073); nothing is sent unless NAWS is agreed. */
  windowChanged(): void {
    if (!this.options.isOn('us', Option.NAWS)) return
    const [columns, rows] = this.#handler.windowSize()
    this.#bracket(Option.NAWS, [columns >> 8, columns & 255, rows >> 8, rows & 255])
  }

  #bracket(option: number, parameters: readonly number[]): void {
    const doubled = parameters.flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]))
    this.#handler.send([IAC, SB, option, ...doubled, IAC, SE])
  }

  /** What a client asks for on the Telnet port itself. */
  start(): void {
    this.options.request('him', Option.SGA, true)
    this.options.request('us', Option.TTYPE, true)
    this.options.request('us', Option.NAWS, true)
  }

  /** BINARY in one direction. */
  binary(side: Side, on: boolean): void {
    this.options.request(side, Option.BINARY, on)
  }

  /** A command without parameters. */
  command(code: number): void {
    this.#handler.send([IAC, code])
  }

  /** RFC 860: what was on its way before is to be dropped until the server has answered. */
  askTimingMark(): void {
    this.#handler.send([IAC, DO, Option.TIMING_MARK])
  }

  /**
   * Typed bytes as the network gets them.
   *
   * @param lines - newlines end typed lines: they become CR LF (RFC 1123 3.3.1)
   */
  encode(typed: Iterable<number>, lines: boolean): number[] {
    const out: number[] = []
    const isBinary = this.options.isOn('us', Option.BINARY)
    for (const byte of typed) {
      if (byte === IAC) out.push(IAC, IAC)
      else if (isBinary) out.push(byte)
      else if (byte === LF && lines) out.push(CR, LF)
      else if (byte === CR) out.push(CR, this.crlf ? LF : NUL)
      else out.push(byte)
    }
    return out
  }
}
