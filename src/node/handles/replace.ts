/**
 * Replaces methods of a native prototype. The first deciding call on a handle (bind, connect, listen ...) asks which program the
 * code belongs to, once: none, and the handle is the kernel's for good.
 */
import { currentProgram, type Program } from '../current.ts'
import type { Methods, NativeConstructor, NativeHandle } from '../internals.ts'
import { mayUseNetwork } from '../real-time.ts'
import { refuse } from '../refuse.ts'
import { closeWith } from './native.ts'
import { registryOf } from './registry.ts'

type Method = (this: NativeHandle, ...args: never[]) => unknown

/** What a handle turned out to be: undefined not yet known, null the kernel's. */
export class Shells<S extends { readonly fd: number }> {
  readonly #key: symbol = Symbol('soquete')
  readonly #make: (program: Program, handle: NativeHandle) => S

  constructor(make: (program: Program, handle: NativeHandle) => S) {
    this.#make = make
  }

  /** Without deciding. */
  get(handle: NativeHandle): S | null {
    return (handle[this.#key] as S | null | undefined) ?? null
  }

  /** Now it must be known. */
  decide(handle: NativeHandle): S | null {
    const known = handle[this.#key] as S | null | undefined
    if (known !== undefined) return known
    const program = currentProgram()
    if (program !== undefined) mayUseNetwork(program)
    const shell = program === undefined ? null : this.#make(program, handle)
    Object.defineProperty(handle, this.#key, { value: shell })
    // The descriptor in the virtual process.
    if (shell !== null) Object.defineProperty(handle, 'fd', { configurable: true, get: () => shell.fd })
    if (program !== undefined) closeWith(registryOf(program.process), handle)
    return shell
  }
}

const replaceMethod = (prototype: Methods, name: string, make: (original: Method) => Method): void => {
  const original = prototype[name] as Method
  const replacement = make(original)
  Object.defineProperty(replacement, 'name', { value: name })
  Object.defineProperty(prototype, name, { value: replacement, writable: true, configurable: true })
}

/** A virtual method: gets what the handle turned out to be, and the arguments. */
export type VirtualMethod<S> = (shell: S, args: never[]) => unknown

/** Standard input and outputs of the real process are the real ones, on every host. */
export const isStdio = (name: string, args: readonly unknown[]): boolean =>
  name === 'open' && typeof args[0] === 'number' && args[0] <= 2

/** With a descriptor of the real system: made outside. */
const isOpen = (handle: NativeHandle): boolean => (handle as unknown as { readonly fd: number }).fd >= 0

/**
 * Replace methods of `native`: `deciding` ones ask for the program, `following` ones only look. Calls that `isReal` finds go
 * to the kernel without any question.
 */
export const replaceMethods = <S extends { readonly fd: number }>(
  native: NativeConstructor,
  shells: Shells<S>,
  deciding: Readonly<Record<string, VirtualMethod<S>>>,
  following: Readonly<Record<string, VirtualMethod<S>>>,
  isReal: (name: string, args: readonly unknown[]) => boolean = () => false,
): void => {
  const { prototype } = native
  for (const [name, virtual] of Object.entries(deciding))
    replaceMethod(
      prototype,
      name,
      (original) =>
        function method(this: NativeHandle, ...args: never[]) {
          if (isReal(name, args)) return original.apply(this, args)
          const shell = shells.decide(this)
          return shell === null ? original.apply(this, args) : virtual(shell, args)
        },
    )
  for (const [name, virtual] of Object.entries(following))
    if (typeof prototype[name] === 'function')
      replaceMethod(
        prototype,
        name,
        (original) =>
          function method(this: NativeHandle, ...args: never[]) {
            const shell = shells.get(this)
            return shell === null ? original.apply(this, args) : virtual(shell, args)
          },
      )
  refuseRest(native, shells, new Set([...Object.keys(deciding), ...Object.keys(following), 'constructor']))
}

/** What a later Node adds: no program reaches the kernel by it. */
const refuseRest = <S extends { readonly fd: number }>(
  native: NativeConstructor,
  shells: Shells<S>,
  known: ReadonlySet<string>,
): void => {
  const { prototype } = native
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    if (typeof value === 'function' && !known.has(name))
      replaceMethod(
        prototype,
        name,
        (original) =>
          function method(this: NativeHandle, ...args: never[]) {
            const isReal = currentProgram() === undefined || (shells.get(this) === null && isOpen(this))
            return isReal ? original.apply(this, args) : refuse(`${native.name}.${name}`)
          },
      )
}
