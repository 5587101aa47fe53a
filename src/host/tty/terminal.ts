import { O_RDWR, OpenFile } from '../../socket/file.ts'
import { Poll } from '../../wire/call.ts'
import { EAGAIN, EIO } from '../../wire/errno.ts'
import { type KeySignal, LineDiscipline } from './line-discipline.ts'
import type { Termios } from './termios.ts'

/** What a terminal needs of the host: to signal process groups. */
export interface TerminalHost {
  /** Send a signal to every process of a group. */
  signalGroup(pgid: number, signal: KeySignal | 'SIGWINCH' | 'SIGHUP' | 'SIGCONT' | 'SIGTTIN' | 'SIGTTOU'): void
}

/** Written bytes that wait for the screen before writers are held up. */
const OUTPUT_LIMIT = 65_536

/**
 * A terminal: keys go in and the screen comes out at the master's side (the command line's real terminal, the lab's
 * xterm, a test); programs hold the slave as a file. `/dev/pts/N` and a person in one.
 */
export class Terminal {
  /** Number N of /dev/pts/N. */
  readonly number: number
  readonly #host: TerminalHost
  readonly #discipline: LineDiscipline
  readonly #files = new Set<TerminalFile>()
  #screen: ((bytes: Uint8Array) => void) | null = null
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #stopped = false
  #hungUp = false
  /** Foreground process group (tcsetpgrp(3)); 0: none. */
  foreground = 0
  /** Session whose controlling terminal this is; 0: none. */
  session = 0
  columns: number
  rows: number

  constructor(host: TerminalHost, number: number, columns = 80, rows = 24) {
    this.#host = host
    this.number = number
    this.columns = columns
    this.rows = rows
    this.#discipline = new LineDiscipline({
      // Echo passes through the output processing, as written text does.
      show: (bytes) => this.#show(this.#discipline.shown(Uint8Array.from(bytes), 0, bytes.length)),
      signal: (name) => this.#signal(name),
      readable: () => this.#wake(Poll.IN),
      flow: (stopped) => this.#flow(stopped),
    })
  }

  /** `/dev/pts/0`. */
  get path(): string {
    return `/dev/pts/${this.number}`
  }

  // --- the master's side ---

  /** Keys typed. */
  input(bytes: Uint8Array): void {
    if (this.#hungUp) return
    for (const byte of bytes) this.#discipline.type(byte)
  }

  /** Who shows the output; what was written before comes at once. Null: keep it again. */
  onOutput(screen: ((bytes: Uint8Array) => void) | null): void {
    this.#screen = screen
    this.#drain()
  }

  /** The window has another size: programs get SIGWINCH (tty_ioctl(4) TIOCSWINSZ). */
  resize(columns: number, rows: number): void {
    if (columns === this.columns && rows === this.rows) return
    this.columns = columns
    this.rows = rows
    if (this.foreground > 0) this.#host.signalGroup(this.foreground, 'SIGWINCH')
  }

  /** The person is gone: readers see the end, the session gets SIGHUP and SIGCONT. */
  hangUp(): void {
    if (this.#hungUp) return
    this.#hungUp = true
    if (this.session > 0) {
      this.#host.signalGroup(this.session, 'SIGHUP')
      this.#host.signalGroup(this.session, 'SIGCONT')
    }
    if (this.foreground > 0 && this.foreground !== this.session) {
      this.#host.signalGroup(this.foreground, 'SIGHUP')
      this.#host.signalGroup(this.foreground, 'SIGCONT')
    }
    this.#wake(Poll.IN | Poll.HUP)
  }

  get isHungUp(): boolean {
    return this.#hungUp
  }

  // --- the slave's side ---

  /** A new open description of the slave. */
  open(statusFlags: number = O_RDWR): TerminalFile {
    const file = new TerminalFile(this)
    file.statusFlags = statusFlags
    this.#files.add(file)
    return file
  }

  closed(file: TerminalFile): void {
    this.#files.delete(file)
  }

  get termios(): Readonly<Termios> {
    return this.#discipline.termios
  }

  /** tcsetattr(3). Takes a copy. */
  setTermios(change: Partial<Termios>, flush = false): void {
    if (flush) this.#discipline.flushInput()
    this.#discipline.set({ ...this.#discipline.termios, ...change })
  }

  get isReadable(): boolean {
    return this.#hungUp || this.#discipline.isReadable
  }

  get isWritable(): boolean {
    return this.#hungUp || (!this.#stopped && this.#pendingBytes < OUTPUT_LIMIT)
  }

  read(buf: Uint8Array, start: number, end: number): number {
    const count = this.#discipline.read(buf, start, end)
    if (count >= 0) return count
    return this.#hungUp ? 0 : -EAGAIN
  }

  write(buf: Uint8Array, start: number, end: number): number {
    if (this.#hungUp) return -EIO
    if (!this.isWritable) return -EAGAIN
    const to = Math.min(end, start + OUTPUT_LIMIT)
    this.#show(this.#discipline.shown(buf, start, to))
    return to - start
  }

  #show(bytes: Uint8Array): void {
    if (this.#screen !== null && !this.#stopped) {
      this.#screen(bytes)
      return
    }
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
  }

  #drain(): void {
    if (this.#screen === null || this.#stopped || this.#pending.length === 0) return
    const waiting = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    for (const bytes of waiting) this.#screen(bytes)
    this.#wake(Poll.OUT)
  }

  #flow(stopped: boolean): void {
    this.#stopped = stopped
    if (stopped) return
    this.#drain()
    this.#wake(Poll.OUT)
  }

  #signal(name: KeySignal): void {
    if (this.foreground > 0) this.#host.signalGroup(this.foreground, name)
  }

  #wake(bits: number): void {
    for (const file of [...this.#files]) file.announce(bits)
  }
}

/** An open description of a terminal's slave side. */
export class TerminalFile extends OpenFile {
  readonly terminal: Terminal

  constructor(terminal: Terminal) {
    super()
    this.terminal = terminal
  }

  announce(bits: number): void {
    this.wake(bits)
  }

  poll(): number {
    const { terminal } = this
    return (
      (terminal.isReadable ? Poll.IN : 0) | (terminal.isWritable ? Poll.OUT : 0) | (terminal.isHungUp ? Poll.HUP : 0)
    )
  }

  read(buf: Uint8Array, start: number, end: number): number {
    return this.terminal.read(buf, start, end)
  }

  write(buf: Uint8Array, start: number, end: number): number {
    return this.terminal.write(buf, start, end)
  }

  release(): void {
    this.terminal.closed(this)
  }
}
