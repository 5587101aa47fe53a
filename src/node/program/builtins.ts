/** Built-in modules of one process: those with effects behind its gate, the others as they are. Made when first asked for. */

import { webcrypto } from 'node:crypto'
import { builtinModules, createRequire } from 'node:module'
import tty from 'node:tty'
import { type Exports, facadeOf, gated } from './facade.ts'
import { makeFs } from './fs.ts'
import { makeConsole } from './globals.ts'
import { makeHttp } from './http.ts'
import { makeOs, makePath, makeUrl, makeUtil } from './places.ts'
import type { NodeProgram } from './program.ts'
import { REFUSED, refusing } from './refused.ts'

const require = createRequire(import.meta.url)

export class Builtins {
  readonly #program: NodeProgram
  readonly #made = new Map<string, unknown>()

  constructor(program: NodeProgram) {
    this.#program = program
  }

  /** Exports by name, with or without `node:`; undefined for what is no built-in. */
  get(name: string): unknown {
    const id = name.replace(/^node:/, '')
    let exports = this.#made.get(id)
    if (exports === undefined) {
      exports = this.#make(id, name)
      this.#made.set(id, exports)
    }
    return exports
  }

  #make(id: string, name: string): unknown {
    const program = this.#program
    const { gate, timers } = program
    switch (id) {
      case 'process':
        return program.object
      case 'console':
        return makeConsole(program)
      case 'timers':
        return timers.module
      case 'timers/promises':
        return timers.promises
      case 'module':
        return program.modules.commonJs.Module
      case 'fs':
        return makeFs(program)
      case 'fs/promises':
        return (this.get('fs') as Exports)['promises']
      case 'crypto':
        return facadeOf(
          real('crypto'),
          gate,
          { webcrypto: this.webcrypto, subtle: this.webcrypto['subtle'] },
          cryptoOptions,
        )
      case 'dns':
        return facadeOf(real(id), gate, { promises: this.get('dns/promises') })
      case 'path':
      case 'path/posix':
        return id === 'path' ? makePath(program) : (this.get('path') as Exports)['posix']
      case 'url':
        return makeUrl(program)
      case 'util':
      case 'sys':
        return makeUtil(program)
      case 'os':
        return makeOs(program)
      case 'zlib':
      case 'dns/promises':
        return facadeOf(real(id), gate)
      case 'tty': {
        const isatty = (fd: number): boolean =>
          fd >= 0 && fd <= 2 ? program.process.terminal(fd) !== null : tty.isatty(fd)
        return facadeOf(real('tty'), gate, { isatty })
      }
      case 'http':
      case 'https':
        return makeHttp(id, gate)
      default:
        if (REFUSED.has(id)) return refusing(id, real(id), program)
        return isBuiltin(id) ? real(id) : require(name.startsWith('node:') ? name : `node:${name}`)
    }
  }

  /** `globalThis.crypto` for one process: work of `subtle` keeps it and ends with it. */
  get webcrypto(): Exports {
    const known = this.#made.get('webcrypto')
    if (known !== undefined) return known as Exports
    const { gate } = this.#program
    const subtle = Object.create(webcrypto.subtle) as Exports
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(webcrypto.subtle))) {
      const method = (webcrypto.subtle as unknown as Exports)[name]
      if (name !== 'constructor' && typeof method === 'function')
        subtle[name] = gated(method as (...args: never[]) => unknown, name, gate, {}, webcrypto.subtle)
    }
    const made = Object.create(webcrypto) as Exports
    Object.defineProperty(made, 'subtle', { value: subtle, enumerable: true })
    made['getRandomValues'] = webcrypto.getRandomValues.bind(webcrypto)
    made['randomUUID'] = webcrypto.randomUUID.bind(webcrypto)
    this.#made.set('webcrypto', made)
    return made
  }
}

const isBuiltin = (id: string): boolean => builtinModules.includes(id)

const real = (id: string): Exports => require(`node:${id}`) as Exports

/** Listeners and transforms that are called as often as there is something. */
const cryptoOptions = { listeners: new Set(['createHash', 'createHmac']) }
