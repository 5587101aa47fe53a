import { ByteQueue } from './byte-queue.ts'
import { defaultTermios, type Termios } from './termios.ts'

/** The three signals that a key makes. */
export type KeySignal = 'SIGINT' | 'SIGQUIT' | 'SIGTSTP'

/** What the discipline acts on. */
export interface DisciplineOutput {
  /** Show bytes on the terminal (echo). */
  show(bytes: readonly number[]): void
  /** A key made a signal for the foreground process group. */
  signal(name: KeySignal): void
  /** A reader may go on: a line is complete, or raw bytes came. */
  readable(): void
  /** Output was stopped (^S) or goes on (^Q). */
  flow(stopped: boolean): void
}

const NL = 10
const CR = 13
const TAB = 9
const BACKSPACE = [8, 32, 8]
/** MAX_CANON and the size of n_tty's buffer. */
const LINE_LIMIT = 4096

/** Bytes that follow in a UTF-8 sequence. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** Linux's n_tty: from keys to lines (or raw bytes), with echo, editing and signals; and from written text to the screen. */
export class LineDiscipline {
  termios: Termios = defaultTermios()
  readonly #out: DisciplineOutput
  /** The line being typed. */
  readonly #line = new ByteQueue(LINE_LIMIT)
  /** What may be read: whole lines, or raw bytes. */
  readonly #ready = new ByteQueue(65_536)
  /** Lengths of the lines in `#ready`; an end of file is an empty one. */
  readonly #lines: number[] = []
  #literal = false

  constructor(out: DisciplineOutput) {
    this.#out = out
  }

  /** A byte from the keyboard. */
  type(byte: number): void {
    const t = this.termios
    if (this.#literal) {
      this.#literal = false
      this.#take(byte)
      return
    }
    if (byte === CR) {
      if (t.igncr) return
      if (t.icrnl) byte = NL
    } else if (byte === NL && t.inlcr) byte = CR
    if (t.ixon && this.#flowKey(byte)) return
    if (t.isig && this.#signalKey(byte)) return
    if (t.icanon) this.#edit(byte)
    else this.#take(byte)
  }

  #flowKey(byte: number): boolean {
    const t = this.termios
    if (byte === t.vstop) this.#out.flow(true)
    else if (byte === t.vstart) this.#out.flow(false)
    else return false
    return true
  }

  #signalKey(byte: number): boolean {
    const t = this.termios
    if (byte === 0) return false
    const name: KeySignal | null =
      byte === t.vintr ? 'SIGINT' : byte === t.vquit ? 'SIGQUIT' : byte === t.vsusp ? 'SIGTSTP' : null
    if (name === null) return false
    if (!t.noflsh) {
      this.#line.clear()
      this.#ready.clear()
      this.#lines.length = 0
    }
    if (t.echo) this.#out.show(this.#shape(byte))
    this.#out.signal(name)
    return true
  }

  /** Canonical mode (termios(3)). */
  #edit(byte: number): void {
    const t = this.termios
    if (byte !== 0 && this.#editKey(byte)) return
    if (byte !== NL && (byte === 0 || byte !== t.veol)) {
      this.#take(byte)
      return
    }
    if (byte === NL && (t.echo || t.echonl)) this.#out.show([NL])
    // n_tty shows the other end of line (VEOL) too.
    else if (byte !== NL && t.echo) this.#out.show(this.#shape(byte))
    this.#line.push(byte)
    this.#finish()
  }

  /** Keys that edit the line, or end it without being part of it. */
  #editKey(byte: number): boolean {
    const t = this.termios
    if (byte === t.verase) this.#erase()
    else if (byte === t.vkill) this.#kill()
    else if (t.iexten && byte === t.vwerase) this.#eraseWord()
    else if (t.iexten && byte === t.vreprint) this.#reprint()
    else if (byte === t.veof) this.#finish()
    else if (t.iexten && byte === t.vlnext) {
      this.#literal = true
      if (t.echo && t.echoctl) this.#out.show([94, 8])
    } else return false
    return true
  }

  #take(byte: number): void {
    const t = this.termios
    const queue = t.icanon ? this.#line : this.#ready
    if (queue.room <= (t.icanon ? 1 : 0)) {
      // MAX_CANON reached: the terminal beeps and the byte is lost.
      this.#out.show([7])
      return
    }
    queue.push(byte)
    if (t.echo) this.#out.show(this.#shape(byte))
    if (!t.icanon) this.#out.readable()
  }

  /** The line typed so far may be read. Empty: a reader sees the end of file. */
  #finish(): void {
    const { length } = this.#line
    for (let i = 0; i < length; i++) this.#ready.push(this.#line.at(i))
    this.#line.clear()
    this.#lines.push(length)
    this.#out.readable()
  }

  #erase(): void {
    if (this.#line.length === 0) return
    let byte = this.#line.pop()
    while (isContinuation(byte) && this.#line.length > 0) byte = this.#line.pop()
    this.#unshow(byte)
  }

  #eraseWord(): void {
    let inWord = false
    while (this.#line.length > 0) {
      const last = this.#line.at(this.#line.length - 1)
      const blank = last === 32 || last === TAB
      if (blank && inWord) return
      if (!blank) inWord = true
      this.#erase()
    }
  }

  #kill(): void {
    if (this.termios.echoke) {
      while (this.#line.length > 0) this.#erase()
      return
    }
    this.#line.clear()
    if (this.termios.echo)
      this.#out.show(this.termios.echok ? [...this.#shape(this.termios.vkill), NL] : this.#shape(this.termios.vkill))
  }

  #reprint(): void {
    const bytes = [...this.#shape(this.termios.vreprint), NL]
    for (let i = 0; i < this.#line.length; i++) bytes.push(...this.#shape(this.#line.at(i)))
    if (this.termios.echo) this.#out.show(bytes)
  }

  #unshow(byte: number): void {
    if (!this.termios.echo || !this.termios.echoe) return
    const width = this.#shape(byte).length === 2 ? 2 : 1
    for (let i = 0; i < width; i++) this.#out.show(BACKSPACE)
  }

  /** A byte as echo shows it: control characters as `^C`. */
  #shape(byte: number): number[] {
    if (!this.termios.echoctl || byte === NL || byte === TAB || (byte >= 32 && byte !== 127)) return [byte]
    return [94, byte ^ 64]
  }

  /** Written bytes as the screen gets them. */
  shown(buf: Uint8Array, start: number, end: number): Uint8Array {
    const piece = buf.slice(start, end)
    if (!this.termios.opost || !this.termios.onlcr) return piece
    let lines = 0
    for (const byte of piece) if (byte === NL) lines++
    if (lines === 0) return piece
    const out = new Uint8Array(piece.length + lines)
    let at = 0
    for (const byte of piece) {
      if (byte === NL) out[at++] = CR
      out[at++] = byte
    }
    return out
  }

  /** Something may be read (an end of file counts). */
  get isReadable(): boolean {
    return this.termios.icanon ? this.#lines.length > 0 : this.#ready.length >= Math.max(1, this.termios.vmin)
  }

  /** Raw bytes that wait though fewer than VMIN (for VTIME). */
  get waiting(): number {
    return this.#ready.length
  }

  /** At most one line, or raw bytes; 0 is the end of file; -1 nothing to read. */
  read(buf: Uint8Array, start: number, end: number): number {
    if (!this.termios.icanon) {
      this.#lines.length = 0
      return this.#ready.length === 0 ? -1 : this.#ready.read(buf, start, end)
    }
    const length = this.#lines[0]
    if (length === undefined) return -1
    const count = this.#ready.read(buf, start, Math.min(end, start + length))
    if (count === length) this.#lines.shift()
    else this.#lines[0] = length - count
    return count
  }

  /** tcsetattr(3): what was typed ahead stays readable. */
  set(termios: Termios): void {
    const before = this.termios.icanon
    this.termios = termios
    if (before === termios.icanon) return
    if (before) {
      for (let i = 0; i < this.#line.length; i++) this.#ready.push(this.#line.at(i))
      this.#line.clear()
      this.#lines.length = 0
    } else if (this.#ready.length > 0) this.#lines.push(this.#ready.length)
    if (this.isReadable) this.#out.readable()
  }

  flushInput(): void {
    this.#line.clear()
    this.#ready.clear()
    this.#lines.length = 0
    this.#literal = false
  }
}
