/** What the small programs have in common: writing, complaining, opening files. */
import { type Process, Signal, SystemError } from '../../host/index.ts'
import { O_RDONLY } from '../../socket/file.ts'
import { EINTR, strerror } from '../../wire/errno.ts'
import { encodeText } from './bytes.ts'

/** Write all of it to standard output. 0, or 1 after `NAME: write error: ...`. */
export const writeOut = async (proc: Process, name: string, data: string | Uint8Array): Promise<number> => {
  const bytes = typeof data === 'string' ? encodeText(data) : data
  if (bytes.length === 0) return 0
  const result = await writeTo(proc, 1, bytes)
  if (result >= 0) return 0
  await complain(proc, `${name}: write error: ${strerror(result)}`)
  return 1
}

/** Bytes written, or a negative errno; signals do not end it. */
export const writeTo = async (proc: Process, fd: number, bytes: Uint8Array): Promise<number> => {
  for (;;) {
    const result = await proc.promises.writeResult(fd, bytes)
    if (result !== -EINTR) return result
  }
}

/** One line on standard error. */
export const complain = async (proc: Process, message: string): Promise<void> => {
  await writeTo(proc, 2, encodeText(`${message}\n`))
}

/** An option that is wrong, as GNU programs end then. */
export const tryHelp = async (proc: Process, name: string, message: string, code = 1): Promise<number> => {
  await complain(proc, `${message}\nTry '${name} --help' for more information.`)
  return code
}

/** `missing operand` and its kin. */
export const usageError = (proc: Process, name: string, message: string, code = 1): Promise<number> =>
  tryHelp(proc, name, `${name}: ${message}`, code)

/** A descriptor to read from; `-` is standard input. A negative errno. */
export const openInput = async (proc: Process, path: string): Promise<number> => {
  if (path === '-') return 0
  return await openFile(proc, path, O_RDONLY)
}

export const openFile = async (proc: Process, path: string, flags: number, mode = 0o666): Promise<number> => {
  try {
    return await proc.promises.open(path, flags, mode)
  } catch (error) {
    if (error instanceof SystemError) return error.errno
    throw error
  }
}

export const closeInput = (proc: Process, fd: number): void => {
  if (fd > 0) proc.close(fd)
}

const CHUNK = 65_536

/** Bytes as they come. The last item may be a negative errno. */
export async function* chunks(proc: Process, fd: number): AsyncGenerator<Uint8Array | number> {
  const buf = new Uint8Array(CHUNK)
  for (;;) {
    const n = await proc.promises.readResult(fd, buf)
    if (n === -EINTR) continue
    if (n < 0) yield n
    if (n <= 0) return
    yield buf.slice(0, n)
  }
}

/** Lines with their newlines, as text in which every byte is one character (Latin-1), so that nothing is lost. */
export async function* rawLines(proc: Process, fd: number, separator = '\n'): AsyncGenerator<string | number> {
  let rest = ''
  for await (const chunk of chunks(proc, fd)) {
    if (typeof chunk === 'number') {
      yield chunk
      return
    }
    rest += latin1(chunk)
    let end = rest.indexOf(separator)
    let from = 0
    while (end >= 0) {
      yield rest.slice(from, end + 1)
      from = end + 1
      end = rest.indexOf(separator, from)
    }
    rest = rest.slice(from)
  }
  if (rest !== '') yield rest
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return text
}

/** Text whose characters are bytes, back to bytes. */
export const rawBytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Text whose characters are bytes, as UTF-8 where it is that; bytes that are not are kept (`encodeText` gives them back). */
export const decodeRaw = (raw: string): string => {
  if (!/[\x80-\xff]/.test(raw)) return raw
  try {
    return strict.decode(rawBytes(raw))
  } catch {
    return raw.replace(/[\x80-\xff]/g, (c) => String.fromCharCode(0xdc00 + c.charCodeAt(0)))
  }
}

/** Lines without newlines as text. The last item may be a negative errno. */
export async function* textLines(proc: Process, fd: number): AsyncGenerator<string | number> {
  for await (const line of rawLines(proc, fd)) {
    yield typeof line === 'number' ? line : decodeRaw(line.endsWith('\n') ? line.slice(0, -1) : line)
  }
}

/**
 * Output that is gathered and written in larger pieces. A write that fails ends the program's loop: `put` then gives false.
 */
export class Output {
  readonly #proc: Process
  readonly #name: string
  #parts: string[] = []
  #size = 0
  failed = false

  constructor(proc: Process, name: string) {
    this.#proc = proc
    this.#name = name
  }

  async put(text: string): Promise<boolean> {
    this.#parts.push(text)
    this.#size += text.length
    return this.#size < CHUNK ? !this.failed : await this.flush()
  }

  async flush(): Promise<boolean> {
    if (this.#size > 0 && !this.failed) {
      const text = this.#parts.join('')
      this.#parts = []
      this.#size = 0
      this.failed = (await writeOut(this.#proc, this.#name, text)) !== 0
    }
    return !this.failed
  }
}

/** How a process ends itself by a signal, as a program does that restores the default action and raises it. */
export const dieOf = async (proc: Process, signal: number = Signal.SIGINT): Promise<number> => {
  proc.sigaction(signal, 'default')
  proc.kill(proc.pid, signal)
  return await new Promise<number>(() => undefined)
}
