/** Reading, writing, opening and closing, with the waits of their blocking forms. */
import { O_ACCMODE, O_NONBLOCK, O_RDWR, O_WRONLY } from '../../socket/file.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { Poll } from '../../wire/call.ts'
import { EAGAIN, EINTR, EIO } from '../../wire/errno.ts'
import { PipeEnd } from '../pipe.ts'
import { TerminalFile } from '../tty/index.ts'
import { BlockingCalls, check } from './blocking.ts'

const TENTH = 100_000_000
const encoder = new TextEncoder()

export class IoCalls extends BlockingCalls {
  /** read(2): bytes read into `buf`, 0 at the end. */
  async read(fd: number, buf: Uint8Array): Promise<number> {
    return check('read', await this.readResult(fd, buf))
  }

  /** As `read`, with a negative errno in place of an exception. */
  readResult(fd: number, buf: Uint8Array): Promise<number> {
    const { process } = this
    const file = process.descriptors.get(fd)
    if (buf.length === 0) return this.answer(process.read(fd, buf))
    if (file instanceof TerminalFile && !file.terminal.termios.icanon) return this.#readRaw(fd, file, buf)
    return this.block(
      fd,
      Poll.IN | Poll.RDHUP,
      { nonblocking: file?.nonblocking === true, timeout: file instanceof SocketFile ? file.receiveTimeout : 0 },
      () => process.read(fd, buf),
    )
  }

  /** Noncanonical input (termios(3)): MIN bytes, or TIME tenths of a second for the first one. */
  #readRaw(fd: number, file: TerminalFile, buf: Uint8Array): Promise<number> {
    const { vmin, vtime } = file.terminal.termios
    const enough = (): number => {
      // Job control comes before the wait: in the background a read stops the process though nothing was typed (tty_ioctl(4)).
      const claimed = this.process.read(fd, buf, 0, 0)
      if (claimed === -EIO || !this.process.gate.isOpen) return claimed
      const ready = vmin === 0 || file.nonblocking || file.terminal.isReadable
      const n = ready ? this.process.read(fd, buf) : -EAGAIN
      return n === -EAGAIN && vmin === 0 && vtime === 0 ? 0 : n
    }
    return this.block(
      fd,
      Poll.IN,
      {
        nonblocking: file.nonblocking,
        timeout: vmin === 0 ? vtime * TENTH : 0,
        onTimeout: () => 0,
      },
      enough,
    )
  }

  /** write(2) as programs mean it: all of `data` (text is UTF-8), unless the description is non-blocking. Bytes written. */
  async write(fd: number, data: Uint8Array | string): Promise<number> {
    return check('write', await this.writeResult(fd, data))
  }

  /** As `write`, with a negative errno in place of an exception. */
  writeResult(fd: number, data: Uint8Array | string): Promise<number> {
    const { process } = this
    const bytes = typeof data === 'string' ? encoder.encode(data) : data
    const file = process.descriptors.get(fd)
    const nonblocking = file?.nonblocking === true
    // Here: a part that is sent later is sent by nobody's line.
    if (process.sockets.trace !== null && file !== null) process.sockets.trace.written(file)
    let done = 0
    const soFar = (error: number) => (): number => (done > 0 ? done : error)
    return this.block(
      fd,
      Poll.OUT,
      {
        nonblocking,
        timeout: file instanceof SocketFile ? file.sendTimeout : 0,
        onTimeout: soFar(-EAGAIN),
        onInterrupt: soFar(-EINTR),
      },
      () => {
        for (;;) {
          const n = process.write(fd, bytes, done, bytes.length)
          if (n < 0) return n === -EAGAIN && (!nonblocking || done === 0) ? n : soFar(n)()
          done += n
          if (done >= bytes.length) return done
          if (nonblocking) return done
        }
      },
    )
  }

  /** Text on standard output, waiting for room. */
  async print(text: string): Promise<void> {
    await this.write(1, text)
  }

  /** Text on standard error. */
  async complain(text: string): Promise<void> {
    await this.write(2, text)
  }

  /** open(2). Opening one end of a FIFO waits for the other (fifo(7)). */
  async open(path: string, flags = 0, mode = 0o666): Promise<number> {
    const { process } = this
    const fd = await this.answer(null).then(() => process.open(path, flags, mode))
    check('open', fd, { path })
    const file = process.descriptors.get(fd)
    if (!(file instanceof PipeEnd) || (flags & O_NONBLOCK) !== 0 || (flags & O_ACCMODE) === O_RDWR) return fd
    const { pipe } = file
    const writes = (flags & O_ACCMODE) === O_WRONLY
    const opens = (): number => (writes ? pipe.readerOpens : pipe.writerOpens)
    const before = opens()
    const present = writes ? pipe.readers : pipe.writers
    const result = await this.block(fd, Poll.IN | Poll.OUT, { nonblocking: false }, () =>
      present > 0 || opens() > before ? 0 : -EAGAIN,
    )
    if (result < 0) process.close(fd)
    check('open', result, { path })
    return fd
  }

  /** Read to the end. */
  async readAll(fd: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let size = 0
    const buf = new Uint8Array(65_536)
    for (;;) {
      const n = await this.read(fd, buf)
      if (n === 0) break
      parts.push(buf.slice(0, n))
      size += n
    }
    const whole = new Uint8Array(size)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  /** Lines of UTF-8 text without their newlines; a last line without newline counts. */
  async *lines(fd: number): AsyncGenerator<string> {
    const decoder = new TextDecoder()
    const buf = new Uint8Array(4096)
    let rest = ''
    for (;;) {
      const n = await this.read(fd, buf)
      if (n === 0) break
      rest += decoder.decode(buf.subarray(0, n), { stream: true })
      let end = rest.indexOf('\n')
      while (end >= 0) {
        yield rest.slice(0, end)
        rest = rest.slice(end + 1)
        end = rest.indexOf('\n')
      }
    }
    rest += decoder.decode()
    if (rest !== '') yield rest
  }

  /** A whole file by path. Throws `SystemError`. */
  async readFile(path: string): Promise<Uint8Array> {
    const data = await this.answer(null).then(() => this.process.readFile(path))
    if (typeof data === 'number') check('open', data, { path })
    return data as Uint8Array
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.readFile(path))
  }

  async writeFile(path: string, data: string | Uint8Array): Promise<void> {
    check('open', await this.answer(null).then(() => this.process.writeFile(path, data)), { path })
  }
}
