/** The original methods of native handles, from before they were replaced. */
import { internals, type NativeHandle } from '../internals.ts'
import type { Mutable, Registry } from './registry.ts'

type Close = (this: NativeHandle, callback?: () => void) => void
type NoArguments<T> = (this: NativeHandle) => T

interface Originals {
  readonly close: Close
  readonly hasRef: NoArguments<boolean>
}

let originals: Originals | null = null

/** Called before the first replacement. */
export const keepOriginals = (): void => {
  const { prototype } = internals().TCP
  originals ??= { close: prototype['close'] as Close, hasRef: prototype['hasRef'] as NoArguments<boolean> }
}

/** Real handles under virtual ones, by the process that closes them at its end: libuv keeps each until then, and all it leads to. */
const owners = new WeakMap<NativeHandle, { readonly registry: Registry; readonly entry: Mutable }>()

/** The end of the process closes `handle`, unless it is closed before. */
export const closeWith = (registry: Registry, handle: NativeHandle): void => {
  const entry = { mute: () => nativeClose(handle) }
  owners.set(handle, { registry, entry })
  registry.add(entry)
}

let closing = 0

/** Somebody waits for the closing phase. */
export const isClosing = (): boolean => closing > 0

/** Close a real handle. */
export const nativeClose = (handle: NativeHandle, callback?: () => void): void => {
  const owner = owners.get(handle)
  owner?.registry.delete(owner.entry)
  const { close } = originals as Originals
  if (callback === undefined) {
    close.call(handle)
    return
  }
  closing++
  close.call(handle, () => {
    closing--
    callback()
  })
}

export const nativeHasRef = (handle: NativeHandle): boolean => (originals as Originals).hasRef.call(handle)
