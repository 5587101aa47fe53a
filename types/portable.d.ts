/**
 * What every runtime of ECMA-429 (the minimum common web API) has and the portable floors use: Node, browsers and their
 * workers, Deno, Bun. Only `tsconfig.portable.json` sees this file, so that a Node or DOM global does not compile there.
 * Add a declaration when a floor needs it and all of those runtimes have it; keep it assignable from `@types/node`.
 */

declare const console: {
  log(...data: unknown[]): void
  info(...data: unknown[]): void
  warn(...data: unknown[]): void
  error(...data: unknown[]): void
}

declare function queueMicrotask(callback: () => void): void

/** A handle is a number in browsers and an object in Node; hold it as `ReturnType<typeof setTimeout>`. */
declare function setTimeout(callback: () => void, milliseconds?: number): object
declare function clearTimeout(handle: object | undefined): void
declare function setInterval(callback: () => void, milliseconds?: number): object
declare function clearInterval(handle: object | undefined): void

declare const performance: { now(): number; readonly timeOrigin: number }

declare const crypto: {
  getRandomValues<T extends ArrayBufferView>(array: T): T
  randomUUID(): string
}

declare function structuredClone<T>(value: T): T

declare class TextEncoder {
  readonly encoding: string
  encode(input?: string): Uint8Array<ArrayBuffer>
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number }
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  readonly encoding: string
  decode(input?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string
}

declare class MessageChannel {
  readonly port1: MessagePort
  readonly port2: MessagePort
}

declare class MessagePort {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(message: unknown): void
  start(): void
  close(): void
}
