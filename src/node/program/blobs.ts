/**
 * Reading a Blob keeps the program, as the job under it keeps Node's loop. It is the one global whose promises Node settles from the
 * loop and not from a handle.
 */
import { Blob } from 'node:buffer'
import { ReadableStream, type UnderlyingByteSource } from 'node:stream/web'
import { currentProgram } from '../current.ts'
import type { Gate } from './gate.ts'
import { NodeProgram } from './program.ts'

const gate = (): Gate | undefined => {
  const program = currentProgram()
  return program instanceof NodeProgram ? program.gate : undefined
}

let isInstalled = false

/** Once for the whole of Node. Outside of programs nothing changes. */
export const installBlobs = (): void => {
  if (isInstalled) return
  isInstalled = true
  const prototype = Blob.prototype as unknown as Record<string, unknown>
  for (const name of ['arrayBuffer', 'bytes', 'text'] as const) {
    const original = prototype[name] as ((this: Blob) => Promise<unknown>) | undefined
    if (original === undefined) continue
    replace(prototype, name, function (this: Blob): Promise<unknown> {
      const promise = original.call(this)
      return gate()?.promise(promise) ?? promise
    })
  }
  const stream = prototype['stream'] as (this: Blob) => ReadableStream<Uint8Array>
  replace(prototype, 'stream', function (this: Blob): ReadableStream<Uint8Array> {
    const source = stream.call(this)
    const through = gate()
    return through === undefined ? source : gatedStream(source, through)
  })
}

const replace = (prototype: object, name: string, value: unknown): void => {
  const kept = Object.getOwnPropertyDescriptor(prototype, name)
  Object.defineProperty(value, 'name', { value: name, configurable: true })
  Object.defineProperty(prototype, name, { ...kept, value })
}

/** The same bytes, each read behind the gate. */
const gatedStream = (source: ReadableStream<Uint8Array>, through: Gate): ReadableStream<Uint8Array> => {
  const reader = source.getReader()
  const bytes: UnderlyingByteSource = {
    type: 'bytes',
    async pull(controller) {
      const { done, value } = await through.promise(reader.read())
      if (!done) {
        controller.enqueue(value)
        return
      }
      controller.close()
      // Who brought a buffer of their own gets it back.
      controller.byobRequest?.respond(0)
    },
    cancel: (reason) => reader.cancel(reason),
  }
  return new ReadableStream(bytes, { highWaterMark: 0 })
}
