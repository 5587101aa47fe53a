/** `fs` of one process: the real files, from the process's own working directory, with its standard streams as 0 to 2. */
import type { EventEmitter } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { type Exports, type FacadeOptions, facadeOf } from './facade.ts'
import { stdioFunctions } from './fs-stdio.ts'
import type { NodeProgram } from './program.ts'
import { gatedIterator } from './timers.ts'

const TWO_PATHS = new Set(['rename', 'copyFile', 'cp', 'link'])
const LISTENERS = new Set(['watch', 'watchFile', 'unwatchFile'])

/** Looked up at each call: a host's own files are found by functions that replace Node's. */
const real = fs as unknown as Exports

type AnyFunction = (...args: unknown[]) => unknown

/** How every call on files goes: relative paths from the process's own directory, file handles closed with it. */
export const fileOptionsOf = (program: NodeProgram): Required<FacadeOptions> => {
  const absolute = absoluteIn(program)
  return {
    adapt(name, args) {
      // Nothing to do while the process is where Node is, which is the ordinary case.
      if (program.cwd === process.cwd()) return args
      const base = name.replace(/Sync$/, '')
      if (base === 'symlink') args[1] = absolute(args[1])
      else args[0] = absolute(args[0])
      if (TWO_PATHS.has(base)) args[1] = absolute(args[1])
      return args
    },
    adopt: (value) => (isFileHandle(value) ? adoptHandle(value, program) : value),
    listeners: LISTENERS,
  }
}

const absoluteIn =
  (program: NodeProgram) =>
  (value: unknown): unknown =>
    typeof value === 'string' && !path.isAbsolute(value) && value !== '' ? path.resolve(program.cwd, value) : value

export const makeFs = (program: NodeProgram): Exports => {
  const { gate, fileOptions } = program
  const absolute = absoluteIn(program)
  const promises = facadeOf(fs.promises as unknown as Exports, gate, promiseOverrides(program, absolute), fileOptions)
  const facade: Exports = {}
  const overrides = {
    promises,
    ...stdioFunctions(program),
    ...descriptors(program, fileOptions.adapt),
    ...streams(program, facade, absolute),
    ...watchers(program, absolute),
  }
  const made = facadeOf(fs as unknown as Exports, gate, overrides, fileOptions)
  return Object.defineProperties(facade, Object.getOwnPropertyDescriptors(made)) as Exports
}

/** Real descriptors that the process opens are closed with it. */
const descriptors = (program: NodeProgram, adapt: (name: string, args: unknown[]) => unknown[]): Exports => {
  const { gate } = program
  const open = new Map<number, { close(): void }>()
  const opened = (fd: number): number => {
    const closable = { close: () => fs.close(fd, () => undefined) }
    open.set(fd, closable)
    gate.adopt(closable)
    return fd
  }
  const closed = (fd: unknown): void => {
    const closable = open.get(fd as number)
    if (closable === undefined) return
    open.delete(fd as number)
    gate.release(closable)
  }
  const take = (name: string): AnyFunction => real[name] as AnyFunction
  return {
    openSync(...args: unknown[]) {
      gate.check()
      return opened(take('openSync')(...adapt('openSync', args)) as number)
    },
    open(...args: unknown[]) {
      if (!gate.isOpen) return
      const callback = args.at(-1)
      if (typeof callback !== 'function') return void take('open')(...args)
      const release = gate.liveness.hold()
      const passed = gate.callback(callback as AnyFunction, release)
      args[args.length - 1] = (error: unknown, fd: number) => {
        if (!error && gate.isOpen) opened(fd)
        else if (!error) fs.close(fd, () => undefined)
        passed(error as never, fd as never)
      }
      try {
        take('open')(...adapt('open', args))
      } catch (error) {
        release()
        throw error
      }
    },
    closeSync(fd: unknown) {
      gate.check()
      // Its standard streams are the host's, which no call of Node may close.
      if (typeof fd === 'number' && fd >= 0 && fd <= 2) return
      closed(fd)
      take('closeSync')(fd)
    },
    close(fd: unknown, callback?: AnyFunction) {
      if (!gate.isOpen) return
      if (typeof fd === 'number' && fd >= 0 && fd <= 2) {
        if (callback !== undefined) process.nextTick(gate.callback(callback), null)
        return
      }
      closed(fd)
      const release = gate.liveness.hold()
      const passed = gate.callback(callback ?? (() => undefined), release)
      try {
        take('close')(fd, passed)
      } catch (error) {
        release()
        throw error
      }
    },
  }
}

/** Streams make their calls through the facade, so each of them passes the gate. */
const streams = (program: NodeProgram, facade: Exports, absolute: (value: unknown) => unknown): Exports => {
  const make =
    (name: 'createReadStream' | 'createWriteStream') =>
    (file: unknown, options?: unknown): unknown => {
      program.gate.check()
      const given = typeof options === 'string' ? { encoding: options } : ((options ?? {}) as Exports)
      const isHandle = typeof given['fd'] === 'object' && given['fd'] !== null
      return (real[name] as AnyFunction)(absolute(file), isHandle ? given : { ...given, fs: given['fs'] ?? facade })
    }
  return { createReadStream: make('createReadStream'), createWriteStream: make('createWriteStream') }
}

const watchers = (program: NodeProgram, absolute: (value: unknown) => unknown): Exports => {
  const { gate } = program
  const passed = new WeakMap<object, AnyFunction>()
  const wrap = (listener: unknown): unknown => {
    if (typeof listener !== 'function') return listener
    const known = passed.get(listener) ?? gate.callback(listener as AnyFunction)
    passed.set(listener, known)
    return known
  }
  return {
    watch(...args: unknown[]) {
      gate.check()
      const watcher = (real['watch'] as AnyFunction)(absolute(args[0]), ...args.slice(1).map(wrap)) as fs.FSWatcher
      const isPersistent = (args[1] as { persistent?: boolean } | undefined)?.persistent !== false
      const release = isPersistent ? gate.liveness.hold() : undefined
      gate.adopt(watcher)
      watcher.once('close', () => {
        gate.release(watcher)
        release?.()
      })
      const { unref } = watcher
      watcher.unref = () => {
        release?.()
        return unref.call(watcher)
      }
      const { emit } = watcher
      watcher.emit = ((...event: [string, ...unknown[]]) =>
        gate.isOpen && (Reflect.apply(emit, watcher, event) as boolean)) as typeof emit
      return watcher
    },
    watchFile(file: unknown, ...rest: unknown[]) {
      gate.check()
      const listener = wrap(rest.pop()) as fs.StatsListener
      const target = absolute(file) as string
      const watcher = (real['watchFile'] as AnyFunction)(target, ...rest, listener)
      const isPersistent = (rest[0] as { persistent?: boolean } | undefined)?.persistent !== false
      const release = isPersistent ? gate.liveness.hold() : undefined
      const closable = {
        close() {
          release?.()
          gate.release(closable)
          fs.unwatchFile(target, listener)
        },
      }
      watched.set(listener, closable)
      gate.adopt(closable)
      return watcher
    },
    unwatchFile(file: unknown, listener?: object) {
      const known = listener === undefined ? undefined : passed.get(listener)
      if (known !== undefined) watched.get(known)?.close()
      else fs.unwatchFile(absolute(file) as string)
    },
  }
}

const watched = new WeakMap<object, { close(): void }>()

const promiseOverrides = (program: NodeProgram, absolute: (value: unknown) => unknown): Exports => {
  const { gate } = program
  const iterate =
    (name: string, keeps: boolean) =>
    (first: unknown, ...rest: unknown[]): unknown => {
      gate.check()
      const source = ((fs.promises as unknown as Exports)[name] as AnyFunction)(
        absolute(first),
        ...rest,
      ) as AsyncIterable<unknown>
      return gatedIterator(source[Symbol.asyncIterator]() as AsyncGenerator<unknown>, gate, keeps)
    }
  return { watch: iterate('watch', true) }
}

type FileHandle = fs.promises.FileHandle

const isFileHandle = (value: unknown): value is FileHandle =>
  typeof value === 'object' && value !== null && value.constructor.name === 'FileHandle' && 'fd' in value

const SYNC_METHODS = new Set([
  'constructor',
  'getAsyncId',
  'createReadStream',
  'createWriteStream',
  'readableWebStream',
  'readLines',
])

/** A file handle whose calls pass the gate; it is closed with the program. */
const adoptHandle = (handle: FileHandle, program: NodeProgram): FileHandle => {
  const { gate } = program
  if (!gate.isOpen) {
    handle.close().catch(() => undefined)
    return handle
  }
  gate.adopt(handle)
  ;(handle as unknown as EventEmitter).once('close', () => gate.release(handle))
  const methods = handle as unknown as Record<string, AnyFunction>
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(handle))) {
    const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(handle), name)
    if (SYNC_METHODS.has(name) || typeof descriptor?.value !== 'function') continue
    const original = descriptor.value as AnyFunction
    Object.defineProperty(methods, name, {
      configurable: true,
      writable: true,
      value: (...args: unknown[]) =>
        gate.promise(Reflect.apply(original, handle, gate.isOpen ? args : []) as Promise<unknown>),
    })
  }
  return handle
}
