/** Calls of `fs` on descriptors 0 to 2: those are the virtual process's, not Node's. */

import { SystemError } from '../../host/index.ts'
import type { Exports } from './facade.ts'
import { gated } from './facade.ts'
import { writeNow } from './output.ts'
import type { NodeProgram } from './program.ts'

type AnyFunction = (...args: unknown[]) => unknown

const isStdio = (fd: unknown): fd is number => fd === 0 || fd === 1 || fd === 2

const bytesOf = (data: unknown, encoding: unknown): Uint8Array => {
  if (typeof data === 'string')
    return Buffer.from(data, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(String(data))
}

/** `buffer, offset, length` or `buffer, { offset, length }`. */
const windowOf = (args: readonly unknown[]): Uint8Array => {
  const [data, second, third] = args
  const whole = bytesOf(data, third)
  if (typeof data === 'string') return bytesOf(data, args[2])
  const options =
    typeof second === 'object' && second !== null ? (second as { offset?: number; length?: number }) : null
  const offset = options?.offset ?? (typeof second === 'number' ? second : 0)
  const length = options?.length ?? (typeof third === 'number' ? third : whole.length - offset)
  return whole.subarray(offset, offset + length)
}

const checked = (syscall: string, result: number): number => {
  if (result < 0) throw new SystemError(syscall, result)
  return result
}

const readAll = (program: NodeProgram, fd: number): Buffer => {
  const parts: Uint8Array[] = []
  for (;;) {
    const buf = new Uint8Array(65_536)
    const n = checked('read', program.process.read(fd, buf))
    if (n === 0) return Buffer.concat(parts)
    parts.push(buf.subarray(0, n))
  }
}

const encoded = (data: Buffer, options: unknown): Buffer | string => {
  const encoding = typeof options === 'string' ? options : (options as { encoding?: string } | undefined)?.encoding
  return encoding === undefined || encoding === null ? data : data.toString(encoding as BufferEncoding)
}

/** Overrides of `fs`: each looks at the descriptor first. */
export const stdioFunctions = (program: NodeProgram, real: Exports): Exports => {
  const { gate, process: host } = program
  const otherwise = (name: string): AnyFunction => gated(real[name] as AnyFunction, name, gate)
  const sync = (name: string, on: (fd: number, rest: unknown[]) => unknown): AnyFunction => {
    const other = otherwise(name)
    const made = (...args: unknown[]): unknown => {
      if (!isStdio(args[0])) return other(...args)
      gate.check()
      return on(args[0], args.slice(1))
    }
    return Object.assign(made, Object.fromEntries(Object.entries(real[name] as object)))
  }
  const async = (name: string, on: (fd: number, rest: unknown[]) => Promise<unknown[]>): AnyFunction => {
    const other = otherwise(name)
    const made = (...args: unknown[]): unknown => {
      const callback = args.at(-1)
      if (!isStdio(args[0]) || typeof callback !== 'function') return other(...args)
      if (!gate.isOpen) return undefined
      const fd = args[0]
      gate.promise(on(fd, args.slice(1, -1))).then(
        (values) => setImmediate(gate.callback(callback as AnyFunction), null, ...values),
        (error: unknown) => setImmediate(gate.callback(callback as AnyFunction), error),
      )
      return undefined
    }
    for (const key of Reflect.ownKeys(other))
      if (typeof key === 'symbol')
        Object.defineProperty(made, key, Object.getOwnPropertyDescriptor(other, key) as PropertyDescriptor)
    return made
  }
  const write = async (fd: number, rest: unknown[]): Promise<unknown[]> => {
    const bytes = windowOf(rest)
    return [checked('write', await host.promises.writeResult(fd, bytes)), rest[0]]
  }
  return {
    writeSync: sync('writeSync', (fd, rest) => {
      const bytes = windowOf(rest)
      const n = checked('write', writeNow(host, fd, bytes))
      if (n === 0 && bytes.length > 0) throw new SystemError('write', -11)
      return n
    }),
    readSync: sync('readSync', (fd, rest) => checked('read', host.read(fd, windowOf(rest)))),
    write: async('write', write),
    read: async('read', async (fd, rest) => {
      const bytes = windowOf(rest)
      return [checked('read', await host.promises.readResult(fd, bytes)), rest[0]]
    }),
  }
}

export { encoded, isStdio, readAll }
