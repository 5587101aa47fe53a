/**
 * `process` of one program: Node's own object copied, with everything that says who and where this process is replaced by
 * what the virtual host knows of it.
 */
import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parseEnv } from 'node:util'
import { Signal } from '../../host/index.ts'
import { ENOENT, ENOTDIR } from '../../wire/errno.ts'
import { environment } from './environment.ts'
import { makeExitCode } from './exit-code.ts'
import { gated } from './facade.ts'
import type { NodeProgram } from './program.ts'
import { kill, listenToSignals } from './signals.ts'
import { callResult, fileError } from './system-errors.ts'

/** What this folder itself uses of it. */
export interface ProcessObject extends EventEmitter {
  exitCode: number | string | undefined
  mainModule: object | undefined
  _exiting: boolean
  emitWarning(warning: string | Error, options?: object): void
  exit(code?: number | string | null): never
}

/** Not copied: they belong to the real process, or are made anew. */
const OWN = new Set([
  '_events',
  '_eventsCount',
  '_maxListeners',
  'emit',
  'domain',
  'channel',
  'send',
  'connected',
  'disconnect',
  '_channel',
  '_handleQueue',
  '_disconnect',
  '_pendingMessage',
  'mainModule',
  'finalization',
  '_eval',
  '_fatalException',
  '_tickCallback',
])

const define = (object: object, values: Record<string, unknown>): void => {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true })
}

const accessors = (object: object, getters: Record<string, { get(): unknown; set?(value: never): void }>): void => {
  for (const [name, accessor] of Object.entries(getters))
    Object.defineProperty(object, name, { ...accessor, configurable: true, enumerable: true } as PropertyDescriptor)
}

export const makeProcessObject = (program: NodeProgram): ProcessObject => {
  const real = process as unknown as object
  const made = Object.create(Object.getPrototypeOf(real) as object) as ProcessObject
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(real)))
    if (!OWN.has(name)) Object.defineProperty(made, name, { ...descriptor, configurable: true })
  Object.defineProperty(made, Symbol.toStringTag, { value: 'process', configurable: true })
  Reflect.apply(EventEmitter, made, [])
  identity(made, program)
  place(made, program)
  ending(made, program)
  listenToSignals(made, program.process, program.gate)
  return made
}

/** Who it is. */
const identity = (made: ProcessObject, program: NodeProgram): void => {
  const { process: host } = program
  const ids = { getuid: () => host.uid, geteuid: () => host.uid, getgid: () => host.gid, getegid: () => host.gid }
  define(made, {
    pid: host.pid,
    ...ids,
    getgroups: () => [...host.groups],
    setuid: (uid: number) => void callResult(host.setuid(uid), 'setuid'),
    seteuid: (uid: number) => void callResult(host.setuid(uid), 'seteuid'),
    setgid: (gid: number) => void callResult(host.setgid(gid), 'setgid'),
    setegid: (gid: number) => void callResult(host.setgid(gid), 'setegid'),
    setgroups: (groups: number[]) => void callResult(host.setgroups(groups), 'setgroups'),
    argv: [process.execPath, ...program.argv],
    argv0: host.argv[0] ?? 'node',
    execArgv: [...program.execArgv],
    execPath: process.execPath,
    env: environment(host.env),
    uptime: () => (host.host.clock.now - host.startTime) / 1e9,
    getBuiltinModule: (id: string) => program.builtins.get(String(id)),
  })
  accessors(made, {
    ppid: { get: () => host.ppid },
    title: {
      get: () => program.title,
      set: (title: string) => {
        program.title = String(title)
        host.setComm(program.title)
      },
    },
    stdin: { get: () => program.stdio.stdin },
    stdout: { get: () => program.stdio.stdout },
    stderr: { get: () => program.stdio.stderr },
  })
}

/** Where it is, and what it may do there. */
const place = (made: ProcessObject, program: NodeProgram): void => {
  const { process: host } = program
  define(made, {
    cwd: () => program.cwd,
    chdir(directory: string) {
      const target = path.resolve(program.cwd, directory)
      const stat = fs.statSync(target, { throwIfNoEntry: false })
      if (stat?.isDirectory() !== true)
        throw fileError(stat === undefined ? -ENOENT : -ENOTDIR, 'chdir', { path: program.cwd, dest: directory })
      program.cwd = target
    },
    umask(mask?: number | string) {
      const old = host.umask
      if (mask !== undefined) host.umask = (typeof mask === 'string' ? Number.parseInt(mask, 8) : mask) & 0o777
      return old
    },
    loadEnvFile(file: string | URL = '.env') {
      const text = fs.readFileSync(typeof file === 'string' ? path.resolve(program.cwd, file) : file, 'utf8')
      for (const [name, value] of Object.entries(parseEnv(text))) host.env[name] ??= value ?? ''
    },
  })
}

/** How it goes on and how it ends. */
const ending = (made: ProcessObject, program: NodeProgram): void => {
  const { process: host, gate } = program
  Object.defineProperty(made, '_exiting', { value: false, writable: true, configurable: true })
  makeExitCode(made)
  const nextTick = process.nextTick as (callback: (...args: unknown[]) => void, ...args: unknown[]) => void
  let capture: ((error: unknown) => void) | null = null
  program.capture = () => capture
  define(made, {
    exit(code?: number | string | null) {
      gate.check()
      if (code !== undefined && code !== null) made.exitCode = code
      return program.exit()
    },
    reallyExit: (code = 0) => program.die(code),
    abort: () => program.dieBySignal(Signal.SIGABRT),
    kill(pid: number, signal?: string | number) {
      gate.check()
      kill(host, pid, signal)
      // It may have been its own end.
      gate.check()
      return true
    },
    _kill: (pid: number, signal: number) => host.kill(pid, signal),
    nextTick(callback: (...args: unknown[]) => void, ...args: unknown[]) {
      if (!gate.isOpen) return
      nextTick(typeof callback === 'function' ? gate.callback(callback) : callback, ...args)
    },
    emitWarning: gated(process.emitWarning as (...args: never[]) => unknown, 'emitWarningSync', gate),
    setUncaughtExceptionCaptureCallback(callback: ((error: unknown) => void) | null) {
      capture = callback
    },
    hasUncaughtExceptionCaptureCallback: () => capture !== null,
  })
}
