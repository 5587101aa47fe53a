/** One telnet: its connection, its terminal, and the bytes between them. */
import { type Process, ResolverError, Signal, type Termios } from '../../host/index.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, SO_OOBINLINE, SOCK_STREAM, SOL_SOCKET } from '../../socket/constants.ts'
import { Msg, Poll } from '../../wire/call.ts'
import { EAGAIN, EINTR, strerror } from '../../wire/errno.ts'
import { encodeText } from '../core/bytes.ts'
import { BRK, DM, IAC, IP, Option, SUSP } from './codes.ts'
import { TelnetEngine } from './engine.ts'

/** Why a session was left. */
export type Left = 'closed' | 'eof' | 'escape'

export interface Target {
  readonly host: string
  readonly port: string
  readonly family: number
  readonly bind: string | null
}

/** Bytes that may wait for the network before the keyboard is left alone. */
const OUTGOING_LIMIT = 65_536
const LF = 10

export class Client {
  readonly proc: Process
  engine: TelnetEngine
  hostname = ''
  escape: number | null = 29
  autoflush = true
  autosynch = false
  localchars = true
  crlf = false
  crmod = false
  /** -8 and -L: ask for BINARY in these directions. */
  binaryIn = false
  binaryOut = false
  #fd = -1
  #outgoing: number[] = []
  /** Read and not yet looked at. */
  #input: number[] = []
  #inputEnded = false
  /** Output is dropped until the server answers the timing mark. */
  #flushing = false
  readonly #cooked: Readonly<Termios> | null
  readonly isTerminal: boolean

  constructor(proc: Process) {
    this.proc = proc
    const terminal = proc.terminal(0)
    this.isTerminal = terminal !== null
    this.#cooked = terminal === null ? null : { ...terminal.termios }
    this.engine = this.#newEngine()
  }

  #newEngine(): TelnetEngine {
    const terminal = this.proc.terminal(0)
    return new TelnetEngine({
      send: (bytes) => this.#outgoing.push(...bytes),
      terminalType: this.proc.env['TERM'] ?? 'unknown',
      windowSize: () => [terminal?.columns ?? 0, terminal?.rows ?? 0],
      optionChanged: () => this.#setMode(),
      timingMark: () => {
        this.#flushing = false
      },
    })
  }

  get isConnected(): boolean {
    return this.#fd >= 0
  }

  /** The server echoes. */
  get remoteEcho(): boolean {
    return this.engine.options.isOn('him', Option.ECHO)
  }

  /** No lines but characters: what SUPPRESS-GO-AHEAD means to a user's end without LINEMODE. */
  get characterMode(): boolean {
    return this.engine.options.isOn('him', Option.SGA)
  }

  async print(text: string): Promise<void> {
    await this.#write(1, encodeText(text))
  }

  async complain(text: string): Promise<void> {
    await this.#write(2, encodeText(text))
  }

  async #write(fd: number, bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) {
      const n = await this.proc.promises.writeResult(fd, bytes)
      if (n === -EINTR) continue
      if (n < 0) return
      bytes = bytes.subarray(n)
    }
  }

  // Connecting

  async open(target: Target): Promise<boolean> {
    const { host, port, family } = target
    const { promises } = this.proc
    try {
      const found = await promises.getaddrinfo(host, port, { family, socktype: SOCK_STREAM })
      for (const [i, { address, family: af, port: number }] of found.entries()) {
        await this.print(`Trying ${address}...\n`)
        const fd = this.proc.socket(af, SOCK_STREAM)
        const bound = fd < 0 || target.bind === null ? 0 : this.proc.bind(fd, { address: target.bind, port: 0 })
        const result = fd < 0 ? fd : bound < 0 ? bound : await promises.connectResult(fd, { address, port: number })
        if (result === 0) {
          await this.#connected(fd, host, port === '23' || port === 'telnet')
          return true
        }
        if (fd >= 0) this.proc.close(fd)
        const isLast = i === found.length - 1
        const what = isLast ? 'Unable to connect to remote host' : `connect to address ${address}`
        await this.complain(`telnet: ${what}: ${strerror(result)}\n`)
      }
    } catch (error) {
      if (!(error instanceof ResolverError)) throw error
      await this.complain(`Server lookup failure:  ${host}:${port}, ${error.message}\n`)
    }
    return false
  }

  async #connected(fd: number, host: string, negotiates: boolean): Promise<void> {
    this.#fd = fd
    this.hostname = host
    this.proc.setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, 1)
    this.#outgoing = []
    this.#flushing = false
    this.engine = this.#newEngine()
    this.engine.crlf = this.crlf
    this.engine.crmod = this.crmod
    if (negotiates) this.engine.start()
    if (this.binaryIn) this.engine.binary('him', true)
    if (this.binaryOut) this.engine.binary('us', true)
    await this.print(`Connected to ${host}.\nEscape character is '${controlName(this.escape)}'.\n`)
  }

  /** Let go of the connection. What was typed and fits the socket's buffer still goes out. */
  disconnect(): void {
    if (this.#fd < 0) return
    this.#flush()
    this.proc.close(this.#fd)
    this.#fd = -1
    this.#cook()
  }

  // The terminal

  #inSession = false

  /** The terminal as the session needs it: whole lines, or single characters; shown here, or by the server. */
  #setMode(): void {
    const terminal = this.proc.terminal(0)
    if (!this.#inSession || terminal === null || this.#cooked === null) return
    const echo = !this.remoteEcho
    const change = this.characterMode
      ? { icanon: false, isig: false, iexten: false, icrnl: false, ixon: false, echo, vmin: 1, vtime: 0 }
      : // The escape character ends a line, so that it is heard at once.
        { ...this.#cooked, isig: this.localchars, echo, veol: this.escape ?? 0 }
    this.proc.setTermios(terminal, { ...this.#cooked, ...change })
  }

  #cook(): void {
    this.#inSession = false
    const terminal = this.proc.terminal(0)
    if (terminal !== null && this.#cooked !== null) this.proc.setTermios(terminal, this.#cooked)
  }

  #catchSignals(on: boolean): void {
    if (!this.isTerminal) return
    for (const [signal, code] of [
      [Signal.SIGINT, IP],
      [Signal.SIGQUIT, BRK],
      [Signal.SIGTSTP, SUSP],
    ] as const) {
      if (on) this.proc.onSignal(signal, () => this.interrupt(code))
      else this.proc.sigaction(signal, 'default')
    }
    if (on) this.proc.onSignal(Signal.SIGWINCH, () => this.engine.windowChanged())
  }

  /** A key that made a signal goes to the other end (RFC 1123 3.4.2), and output on its way is dropped. */
  interrupt(code: number): void {
    this.engine.command(code)
    if (this.autoflush) {
      this.#flushing = true
      this.engine.askTimingMark()
    }
    if (this.autosynch) this.sendSynch()
  }

  // The session

  /**
   * RFC 854: DM is the last octet of the urgent data. TCP's urgent pointer, as Linux writes it, is one beyond the byte
   * sent with MSG_OOB (RFC 793's reading), so IAC is that byte and the pointer shows DM.
   */
  sendSynch(): void {
    this.#flush()
    if (this.#outgoing.length === 0 && this.proc.send(this.#fd, Uint8Array.of(IAC), 0, 1, Msg.OOB) === 1)
      this.#outgoing.push(DM)
    else this.engine.command(DM)
  }

  /** One byte as if typed. */
  sendByte(byte: number): void {
    this.#outgoing.push(...this.engine.encode([byte], false))
  }

  /** Send what the network takes now. A negative errno when the connection is broken. */
  #flush(): number {
    if (this.#outgoing.length === 0) return 0
    const bytes = Uint8Array.from(this.#outgoing)
    const n = this.proc.send(this.#fd, bytes, 0, bytes.length, Msg.DONTWAIT | Msg.NOSIGNAL)
    if (n > 0) this.#outgoing.splice(0, n)
    return n < 0 && n !== -EAGAIN ? n : 0
  }

  /** Carry bytes both ways until somebody ends it or the escape character is typed. */
  async session(): Promise<Left> {
    this.#inSession = true
    this.#setMode()
    this.#catchSignals(true)
    const left = await this.#carry()
    this.#catchSignals(false)
    this.#cook()
    return left
  }

  async #carry(): Promise<Left> {
    for (;;) {
      const typed = this.#takeTyped()
      if (this.#flush() < 0) return 'closed'
      if (typed !== null) return typed
      const waits = this.#outgoing.length > 0
      const net = { fd: this.#fd, events: Poll.IN | Poll.PRI | (waits ? Poll.OUT : 0), revents: 0 }
      const keys = { fd: this.#outgoing.length < OUTGOING_LIMIT ? 0 : -1, events: Poll.IN, revents: 0 }
      if ((await this.proc.promises.pollResult([net, keys])) < 0) continue
      if ((net.revents & Poll.PRI) !== 0) this.engine.synch()
      if ((net.revents & (Poll.IN | Poll.HUP | Poll.ERR)) !== 0 && !(await this.#receive())) return 'closed'
      if (keys.revents !== 0) await this.#readKeys()
    }
  }

  async #receive(): Promise<boolean> {
    const buf = new Uint8Array(8192)
    const n = this.proc.recv(this.#fd, buf, 0, buf.length, Msg.DONTWAIT)
    if (n === -EAGAIN || n === -EINTR) return true
    if (n <= 0) {
      if (n < 0) await this.complain(`telnet: ${strerror(n)}\n`)
      return false
    }
    const shown = this.engine.receive(buf.subarray(0, n))
    if (!this.#flushing) await this.#write(1, shown)
    return true
  }

  async #readKeys(): Promise<void> {
    const buf = new Uint8Array(4096)
    const n = await this.proc.promises.readResult(0, buf)
    if (n > 0) for (let i = 0; i < n; i++) this.#input.push(buf[i] as number)
    else if (n === 0 && this.isTerminal && !this.proc.terminal(0)?.isHungUp) {
      // ^D on an empty line: the character itself (old line by line mode).
      this.sendByte(this.#cooked?.veof ?? 4)
    } else if (n !== -EINTR && n !== -EAGAIN) this.#inputEnded = true
  }

  /** Typed bytes go to the network, up to the escape character; typed twice it is itself. */
  #takeTyped(): Left | null {
    const { escape: key } = this
    while (this.#input.length > 0) {
      const at = key === null ? -1 : this.#input.indexOf(key)
      const plain = this.#input.splice(0, at < 0 ? this.#input.length : at)
      this.#outgoing.push(...this.engine.encode(plain, !this.characterMode))
      if (at < 0) break
      this.#input.shift()
      if (this.#input[0] !== key) return 'escape'
      this.#outgoing.push(...this.engine.encode(this.#input.splice(0, 1), false))
    }
    return this.#inputEnded ? 'eof' : null
  }

  /** A line for the prompt; null at the end of input. One that was read with the escape character is shown. */
  async commandLine(): Promise<string | null> {
    const hadInput = this.#input.includes(LF)
    while (!this.#input.includes(LF)) {
      if (this.#inputEnded) return null
      const buf = new Uint8Array(4096)
      const n = await this.proc.promises.readResult(0, buf)
      if (n === -EINTR || n === -EAGAIN) continue
      if (n <= 0) {
        this.#inputEnded = !this.isTerminal || n < 0
        return null
      }
      this.#input.push(...buf.subarray(0, n))
    }
    const bytes = this.#input.splice(0, this.#input.indexOf(LF) + 1)
    if (hadInput && this.isConnected) await this.#write(1, Uint8Array.from(bytes))
    return new TextDecoder().decode(Uint8Array.from(bytes.slice(0, -1)))
  }
}

/** A character as telnet names it. */
export const controlName = (character: number | null): string => {
  if (character === null) return 'off'
  if (character === 127) return '^?'
  return character < 32 ? `^${String.fromCharCode(character + 64)}` : String.fromCharCode(character)
}

/** `^A`, `a`, `off` or nothing. */
export const parseCharacter = (text: string): number | null => {
  if (text === '' || text === 'off') return null
  if (text === '^?') return 127
  if (text.length > 1 && text.startsWith('^')) return text.charCodeAt(1) & 31
  return text.charCodeAt(0)
}

export const familyOf = (four: boolean, six: boolean): number => (four ? AF_INET : six ? AF_INET6 : AF_UNSPEC)
