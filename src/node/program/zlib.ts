/**
 * Streams of zlib, brotli and zstd: a chunk in the thread pool keeps its program, and comes out only of a living one. They are made by
 * classes, and by Node itself for `fetch`; so the one method that all inherit asks whose the stream is.
 */
import zlib from 'node:zlib'
import { currentProgram } from '../current.ts'
import { gateOf } from './gate.ts'

type Done = (error?: Error | null, data?: unknown) => void
type Transform = (this: zlib.Gzip, chunk: unknown, encoding: string, done: Done) => void

/** Where `_transform` is: the base of all, above Gzip and Zlib. */
const baseOf = (): { _transform: Transform } | null => {
  let at: object | null = zlib.Gzip.prototype
  while (at !== null && !Object.hasOwn(at, '_transform')) at = Object.getPrototypeOf(at) as object | null
  return at as { _transform: Transform } | null
}

let isInstalled = false

/** Once for the whole of Node. */
export const installZlib = (): void => {
  const base = isInstalled ? null : baseOf()
  isInstalled = true
  if (base === null) return
  const original = base._transform
  base._transform = function transform(chunk, encoding, done) {
    const program = currentProgram()
    const gate = program === undefined ? undefined : gateOf(program)
    if (gate === undefined) {
      Reflect.apply(original, this, [chunk, encoding, done])
      return
    }
    const release = gate.liveness.hold()
    const closed = (): void => release()
    // A stream that is destroyed meanwhile never answers.
    this.once('close', closed)
    const passed = gate.callback<Done>(
      (...result) => done(...result),
      () => {
        this.off('close', closed)
        release()
      },
    )
    Reflect.apply(original, this, [chunk, encoding, passed])
  }
}
