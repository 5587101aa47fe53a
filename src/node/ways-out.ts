/**
 * Ways to the real network that lead past the handles of `net` and `dgram`: a port for a debugger, another program in this
 * process's place, the thread of loader hooks, handles through a channel between processes, built-ins that speak to the system
 * themselves. In a program each throws by name.
 */
import inspector from 'node:inspector'
import Module, { builtinModules, createRequire, syncBuiltinESMExports } from 'node:module'
import process from 'node:process'
import { currentProgram } from './current.ts'
import type { Methods } from './internals.ts'
import { refuse } from './refuse.ts'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

const require = createRequire(import.meta.url)

/** `owner[name]` refuses programs; the outside gets the original. Nothing is done where this Node has no such thing. */
export const refuseCalls = (owner: object, name: string, what: string): void => {
  const original = (owner as Methods)[name]
  if (typeof original !== 'function') return
  const checked = new Proxy(original as AnyFunction, {
    apply: (target, receiver, args) =>
      currentProgram() === undefined ? Reflect.apply(target, receiver, args) : refuse(what),
    construct: (target, args, newTarget) =>
      currentProgram() === undefined ? (Reflect.construct(target, args, newTarget) as object) : refuse(what),
  })
  Object.defineProperty(owner, name, { value: checked, writable: true, configurable: true, enumerable: true })
}

/** All of a built-in's functions and classes refuse programs, whatever this Node calls them. Errors and constants stay. */
export const refuseModule = (id: string, exports: object): void => {
  for (const name of Object.keys(exports)) if (!name.endsWith('Error')) refuseCalls(exports, name, `${id}.${name}`)
}

/** They have sockets of their own, below JavaScript; ffi calls any function of the system. */
const BELOW = ['node:quic', 'node:dtls', 'node:ffi']

/** Loading an experimental module warns; the program did not load it. */
const quietly = (id: string): object => {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return require(id) as object
  } finally {
    process.emitWarning = emitWarning
  }
}

interface Channel {
  send?: AnyFunction
  prependListener(name: string, listener: (message: unknown, handle: unknown) => void): unknown
}

const isHandle = (value: unknown): boolean => typeof value === 'object' && value !== null

/** One end of a channel between processes: messages pass, handles do not. */
export const refuseHandles = (channel: object): void => {
  const { send } = channel as Channel
  if (typeof send !== 'function') return
  const target = channel as Channel
  target.send = function sendWithoutHandle(this: unknown, ...args) {
    if (isHandle(args[1]) && currentProgram() !== undefined) refuse('passing a handle to another process')
    return Reflect.apply(send, this, args)
  }
  Object.defineProperty(target.send, 'name', { value: send.name })
  target.prependListener('internalMessage', (_message, handle) => {
    if (!isHandle(handle) || currentProgram() === undefined) return
    ;(handle as { close?(): void }).close?.()
    refuse('a handle from another process')
  })
}

/** Hooks of `module.register` run in a thread of their own; with the preload it has no network. */
const coverHooks = (preload: string): void => {
  const target = Module as unknown as { register?: AnyFunction }
  const { register } = target
  if (typeof register !== 'function') return
  let isCovered = false
  target.register = function registerCovered(this: unknown, ...args) {
    if (!isCovered && currentProgram() !== undefined) {
      isCovered = true
      Reflect.apply(register, this, [preload])
    }
    return Reflect.apply(register, this, args)
  }
  Object.defineProperty(target.register, 'name', { value: 'register' })
}

export const installWaysOut = (preload: string): void => {
  refuseCalls(inspector, 'open', 'inspector.open (a port of the real system)')
  refuseCalls(require('node:inspector/promises') as object, 'open', 'inspector.open (a port of the real system)')
  refuseCalls(process, 'execve', 'process.execve (the new program would see the real network)')
  refuseHandles(process)
  for (const id of BELOW) if (builtinModules.includes(id)) refuseModule(id, quietly(id))
  coverHooks(preload)
  syncBuiltinESMExports()
}
