/** The original methods of native handles, from before they were replaced. */
import { internals, type NativeHandle } from '../internals.ts'

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

/** Close a real handle. */
export const nativeClose = (handle: NativeHandle, callback?: () => void): void => {
  ;(originals as Originals).close.call(handle, callback)
}

export const nativeHasRef = (handle: NativeHandle): boolean => (originals as Originals).hasRef.call(handle)
