/**
 * Calls of `fs` on descriptors 0 to 2, and on /dev/stdin and its like: those are the virtual process's, not Node's. Nothing can
 * wait in a call that is synchronous: reading an empty pipe is EAGAIN, as it is in Node where standard input does not block.
 */
import fs from 'node:fs'
import { EAGAIN } from '../../wire/errno.ts'
import { type Exports, gated } from './facade.ts'
import { writeNow } from './output.ts'
import type { NodeProgram } from './program.ts'
import { fileError, fileResult } from './system-errors.ts'

type AnyFunction = (...args: unknown[]) => unknown

const PATHS: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 }

const stdioOf = (target: unknown): number | null => {
  if (target === 0 || target === 1 || target === 2) return target
  return typeof target === 'string' ? (PATHS[target] ?? null) : null
}

const encodingOf = (options: unknown): BufferEncoding | undefined => {
  const encoding =
    typeof options === 'string' ? options : (options as { encoding?: string } | null | undefined)?.encoding
  return typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined
}

const bytesOf = (data: unknown, encoding: unknown): Uint8Array => {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(String(data), encodingOf(encoding) ?? 'utf8')
}

/** What `write` and `read` take: a string with its encoding, or `buffer, offset, length`, or `buffer, { offset, length }`. */
const windowOf = ([data, second, third]: readonly unknown[]): Uint8Array => {
  if (!ArrayBuffer.isView(data)) return bytesOf(data, third)
  const whole = bytesOf(data, undefined)
  const options = typeof second === 'object' && second !== null ? (second as { offset?: number; length?: number }) : {}
  const offset = options.offset ?? (typeof second === 'number' ? second : 0)
  const length = options.length ?? (typeof third === 'number' ? third : whole.length - offset)
  return whole.subarray(offset, offset + length)
}

/** Overrides of `fs` for one process: each looks at the descriptor first. */
export const stdioFunctions = (program: NodeProgram): Exports => {
  const { gate, process: host } = program
  const overrides: Exports = {}
  const override = (name: string, on: (fd: number, rest: unknown[]) => unknown): void => {
    const otherwise = gated((fs as unknown as Exports)[name] as AnyFunction, name, gate, program.fileOptions)
    overrides[name] = Object.defineProperties((...args: unknown[]): unknown => {
      const fd = stdioOf(args[0])
      if (fd === null) return otherwise(...args)
      gate.check()
      return on(fd, args.slice(1))
    }, Object.getOwnPropertyDescriptors(otherwise))
  }
  /** With a callback as the last argument; `work` gives what it gets after the error. */
  const later = (name: string, work: (fd: number, rest: unknown[]) => Promise<unknown[]>): void =>
    override(name, (fd, rest) => {
      const callback = rest.pop() as AnyFunction
      const { setImmediate } = program.timers.functions as { setImmediate: AnyFunction }
      gate.promise(work(fd, rest)).then(
        (values) => setImmediate(callback, null, ...values),
        (error: unknown) => setImmediate(callback, error),
      )
    })
  const readNow = (fd: number): Buffer => {
    const parts: Uint8Array[] = []
    for (;;) {
      const buf = new Uint8Array(65_536)
      const n = fileResult(host.read(fd, buf), 'read')
      if (n === 0) return Buffer.concat(parts)
      parts.push(buf.subarray(0, n))
    }
  }
  const writeAll = (fd: number, bytes: Uint8Array): number => {
    const n = fileResult(writeNow(host, fd, bytes), 'write')
    if (n < bytes.length) throw fileError(-EAGAIN, 'write')
    return n
  }
  override('writeSync', (fd, rest) => {
    const bytes = windowOf(rest)
    const n = fileResult(writeNow(host, fd, bytes), 'write')
    if (n === 0 && bytes.length > 0) throw fileError(-EAGAIN, 'write')
    return n
  })
  override('readSync', (fd, rest) => fileResult(host.read(fd, windowOf(rest)), 'read'))
  override('readFileSync', (fd, [options]) => {
    const encoding = encodingOf(options)
    return encoding === undefined ? readNow(fd) : readNow(fd).toString(encoding)
  })
  for (const name of ['writeFileSync', 'appendFileSync'])
    override(name, (fd, [data, options]) => void writeAll(fd, bytesOf(data, options)))
  later('write', async (fd, rest) => [
    fileResult(await host.promises.writeResult(fd, windowOf(rest)), 'write'),
    rest[0],
  ])
  later('read', async (fd, rest) => [fileResult(await host.promises.readResult(fd, windowOf(rest)), 'read'), rest[0]])
  later('readFile', async (fd, [options]) => {
    const encoding = encodingOf(options)
    const data = Buffer.from(await host.promises.readAll(fd))
    return [encoding === undefined ? data : data.toString(encoding)]
  })
  for (const name of ['writeFile', 'appendFile'])
    later(name, async (fd, [data, options]) => {
      fileResult(await host.promises.writeResult(fd, bytesOf(data, options)), 'write')
      return []
    })
  return overrides
}
