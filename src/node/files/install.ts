/**
 * The real file system, seen by a program on a virtual host: real, but for the paths of Unix sockets bound on its host, which
 * programs look for and remove before they listen, and the host's /etc/hosts, /etc/services and /etc/resolv.conf.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Process } from '../../host/index.ts'
import { currentProgram } from '../current.ts'
import { uv } from '../errno.ts'
import { errnoException, type Methods } from '../internals.ts'
import { virtualPath } from './paths.ts'
import { statsOf } from './stats.ts'

const ETC = new Set(['/etc/hosts', '/etc/services', '/etc/resolv.conf'])

const textOf = (path: unknown): string | null => {
  if (typeof path === 'string') return path
  if (path instanceof URL) return path.protocol === 'file:' ? fileURLToPath(path) : null
  return path instanceof Uint8Array ? Buffer.from(path).toString() : null
}

/** A path that belongs to the program's host, and the process to ask; null: the real system's. */
const virtual = (given: unknown): { readonly process: Process; readonly path: string } | null => {
  const program = currentProgram()
  const text = program === undefined ? null : textOf(given)
  if (program === undefined || text === null || text === '' || text.includes('\0')) return null
  const { process } = program
  const path = virtualPath(text)
  if (ETC.has(path)) return { process, path }
  const stat = process.lstat(path)
  return typeof stat !== 'number' && (stat.mode & 0o170000) === 0o140000 ? { process, path } : null
}

const errorOf = (result: number, syscall: string, path: string): NodeJS.ErrnoException => {
  const error = errnoException(uv(result), syscall)
  error.message = `${error.message.replace(` ${syscall}`, '')}`
  return Object.assign(error, { message: `${error.code}: ${syscall} '${path}'`, path })
}

const checked = (result: number, syscall: string, path: string): void => {
  if (result < 0) throw errorOf(result, syscall, path)
}

type Options =
  | { readonly bigint?: boolean; readonly encoding?: BufferEncoding | null }
  | BufferEncoding
  | null
  | undefined

/** What each call does on the host. */
const CALLS: Readonly<Record<string, (process: Process, path: string, argument: unknown) => unknown>> = {
  stat: (process, path, options) =>
    statsOf(process.stat(path), (options as { bigint?: boolean } | undefined)?.bigint === true),
  lstat: (process, path, options) =>
    statsOf(process.lstat(path), (options as { bigint?: boolean } | undefined)?.bigint === true),
  access: (process, path, mode) => checked(process.access(path, typeof mode === 'number' ? mode : 0), 'access', path),
  unlink: (process, path) => checked(process.unlink(path), 'unlink', path),
  rm: (process, path) => checked(process.unlink(path), 'unlink', path),
  chmod: (process, path, mode) => checked(process.chmod(path, Number(mode)), 'chmod', path),
  readFile: (process, path, options) => {
    const text = process.host.names.file(path)
    if (text === null) throw errorOf(-2, 'open', path)
    const given = options as Options
    const encoding = typeof given === 'string' ? given : given?.encoding
    const bytes = Buffer.from(text)
    return encoding === undefined || encoding === null ? bytes : bytes.toString(encoding)
  },
}

type Method = (this: unknown, ...args: unknown[]) => unknown

const replace = (target: object, name: string, make: (original: Method) => Method): void => {
  const methods = target as Methods
  const original = methods[name]
  if (typeof original !== 'function') return
  const made = make(original as Method)
  // promisify and the like read what hangs on the function.
  Object.defineProperties(made, Object.getOwnPropertyDescriptors(original))
  methods[name] = made
}

const installCall = (name: string, call: (process: Process, path: string, argument: unknown) => unknown): void => {
  replace(
    fs,
    `${name}Sync`,
    (original) =>
      function sync(this: unknown, ...args) {
        const found = virtual(args[0])
        return found === null ? original.apply(this, args) : call(found.process, found.path, args[1])
      },
  )
  replace(
    fs,
    name,
    (original) =>
      function later(this: unknown, ...args) {
        const found = virtual(args[0])
        const callback = args.at(-1)
        if (found === null || typeof callback !== 'function') return original.apply(this, args)
        const argument = args.length > 2 ? args[1] : undefined
        setImmediate(() => {
          let result: unknown
          try {
            result = call(found.process, found.path, argument)
          } catch (error) {
            callback(error)
            return
          }
          callback(null, result)
        })
        return undefined
      },
  )
  replace(
    fs.promises,
    name,
    (original) =>
      async function promised(this: unknown, ...args) {
        const found = virtual(args[0])
        return found === null ? original.apply(this, args) : call(found.process, found.path, args[1])
      },
  )
}

export const installFiles = (): void => {
  for (const [name, call] of Object.entries(CALLS)) installCall(name, call)
  replace(
    fs,
    'existsSync',
    (original) =>
      function existsSync(this: unknown, ...args) {
        return virtual(args[0]) !== null || original.apply(this, args)
      },
  )
  replace(
    fs,
    'exists',
    (original) =>
      function exists(this: unknown, ...args) {
        const callback = args.at(-1)
        if (virtual(args[0]) === null || typeof callback !== 'function') return original.apply(this, args)
        setImmediate(callback as (exists: boolean) => void, true)
        return undefined
      },
  )
  syncBuiltinESMExports()
}
