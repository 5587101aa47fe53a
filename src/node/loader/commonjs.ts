/**
 * CommonJS of one process: its own `Module` with its own cache, so that the same file runs once in each process.
 *
 * Resolving and reading are Node's (`Module._resolveFilename`, `Module._extensions`), so what a program's parent has hooked
 * in there (TypeScript runners) still works; compiling gives each module the process's own globals as parameters.
 */
import { createRequire, Module as NodeModule } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { withInjected } from './injection.ts'
import { type ImportCallback, nodeInternals } from './internals.ts'
import type { Realm } from './realm.ts'

/** A CommonJS module as programs see it. */
export interface CjsModule {
  id: string
  path: string
  exports: unknown
  filename: string | null
  loaded: boolean
  children: CjsModule[]
  paths: string[]
  parent: CjsModule | null | undefined
  require(id: string): unknown
  load(filename: string): void
  _compile(content: string, filename: string, format?: string): unknown
}

type Extension = (module: CjsModule, filename: string) => void

/** The function `module` of one process: what `require('module')` gives. */
export interface ModuleClass {
  new (id?: string, parent?: CjsModule | null): CjsModule
  readonly prototype: CjsModule
  _cache: Record<string, CjsModule | undefined>
  _extensions: Record<string, Extension>
  _resolveFilename(request: string, parent: CjsModule | null, isMain?: boolean, options?: object): string
  _nodeModulePaths(from: string): string[]
  _load(request: string, parent: CjsModule | null | undefined, isMain?: boolean): unknown
  createRequire(from: string | URL): NodeRequireLike
}

export interface NodeRequireLike {
  (id: string): unknown
  resolve: (id: string, options?: object) => string
  main: CjsModule | undefined
  cache: Record<string, CjsModule | undefined>
  extensions: Record<string, Extension>
}

/** What CommonJS needs of the ESM side of its process. */
export interface EsmSide {
  /** `require()` of an ES module: its namespace, or its export `module.exports`. */
  requireModule(filename: string, source: string, format: string): unknown
  importFrom(parentUrl: string): ImportCallback
}

const native = NodeModule as unknown as ModuleClass

/** A module whose files Node's own loader never saw finds its resolver here: `require.resolve.paths`. */
const builtinNames = new Set(NodeModule.builtinModules)
export const builtinId = (request: string): string | null => {
  if (request.startsWith('node:')) return request.slice(5)
  return builtinNames.has(request) ? request : null
}

export class CommonJs {
  readonly Module: ModuleClass
  readonly #realm: Realm
  readonly #esm: EsmSide
  #main: CjsModule | undefined

  constructor(realm: Realm, esm: EsmSide) {
    this.#realm = realm
    this.#esm = esm
    this.Module = this.#makeModule()
  }

  /** The module of a file, run unless it has been. Throws what it throws. */
  load(filename: string, isMain = false): unknown {
    return this.Module._load(filename, null, isMain)
  }

  require(parentFile: string, request: string): unknown {
    return this.Module.createRequire(parentFile)(request)
  }

  #makeModule(): ModuleClass {
    const owner = this
    function Module(this: CjsModule, id = '', parent?: CjsModule | null): void {
      this.id = id
      this.path = path.dirname(id)
      this.exports = {}
      Object.defineProperty(this, 'parent', { value: parent, writable: true, configurable: true, enumerable: false })
      this.filename = null
      this.loaded = false
      this.children = []
      this.paths = []
      parent?.children.push(this)
    }
    const made = Module as unknown as ModuleClass
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(native)))
      if (!(name in Module) || name === 'wrap')
        Object.defineProperty(Module, name, { ...descriptor, configurable: true })
    const prototype: Partial<CjsModule> & ThisType<CjsModule> = {
      require(id) {
        return owner.#require(this, id)
      },
      load(filename) {
        this.filename = filename
        this.paths = native._nodeModulePaths(path.dirname(filename))
        owner.#extensionOf(filename)(this, filename)
        this.loaded = true
      },
      _compile(content, filename, format) {
        return owner.#compile(this, content, filename, format)
      },
    }
    for (const [name, value] of Object.entries(prototype))
      Object.defineProperty(Module.prototype, name, { value, writable: true, configurable: true, enumerable: false })
    return Object.assign(made, {
      Module: made,
      _cache: Object.create(null) as ModuleClass['_cache'],
      _extensions: Object.assign(Object.create(null) as object, native._extensions) as ModuleClass['_extensions'],
      _resolveFilename: (...args: Parameters<ModuleClass['_resolveFilename']>) => native._resolveFilename(...args),
      _load: (request: string, parent: CjsModule | null | undefined, isMain = false) =>
        owner.#load(request, parent, isMain),
      createRequire: (from: string | URL) => owner.#createRequire(from),
    })
  }

  #extensionOf(filename: string): Extension {
    const { _extensions } = this.Module
    const name = path.basename(filename)
    for (let at = name.indexOf('.', 1); at >= 0; at = name.indexOf('.', at + 1)) {
      const found = _extensions[name.slice(at)]
      if (found !== undefined) return found
    }
    return _extensions['.js'] as Extension
  }

  #require(parent: CjsModule, id: unknown): unknown {
    if (typeof id !== 'string' || id === '') {
      // Node's own complaint about what is no name.
      return (createRequire(parent.filename ?? import.meta.url) as (id: unknown) => unknown)(id)
    }
    return this.Module._load(id, parent, false)
  }

  #load(request: string, parent: CjsModule | null | undefined, isMain: boolean): unknown {
    const { Module } = this
    const builtin = builtinId(request)
    if (builtin !== null) return this.#realm.builtin(builtin)
    const filename = Module._resolveFilename(request, parent ?? null, isMain)
    const cached = Module._cache[filename]
    if (cached !== undefined) {
      if (parent !== null && parent !== undefined && !parent.children.includes(cached)) parent.children.push(cached)
      return cached.exports
    }
    const module = new Module(filename, parent)
    if (isMain) {
      module.id = '.'
      this.#main = module
      this.#realm.setMain(module)
    }
    Module._cache[filename] = module
    let done = false
    try {
      module.load(filename)
      done = true
    } finally {
      if (!done) delete Module._cache[filename]
    }
    return module.exports
  }

  #compile(module: CjsModule, content: string, filename: string, format: string | undefined): unknown {
    const { stripTypes, containsModuleSyntax } = nodeInternals()
    if (format?.endsWith('typescript') === true && stripTypes !== null) {
      content = stripTypes(content, filename)
      format = format === 'typescript' ? undefined : format.slice(0, -'-typescript'.length)
    }
    const asModule = (): void => {
      module.exports = this.#esm.requireModule(filename, content, 'module')
    }
    if (format === 'module') return asModule()
    let compiled: (...args: unknown[]) => unknown
    try {
      compiled = this.compile(content, filename, ['exports', 'require', 'module', '__filename', '__dirname'])
    } catch (error) {
      // No "type" says what it is: Node looks for the syntax of ES modules.
      if (format !== undefined || !containsModuleSyntax(content, filename)) throw error
      return asModule()
    }
    const args = [module.exports, this.requireOf(module), module, filename, path.dirname(filename)]
    return Reflect.apply(compiled, module.exports, args)
  }

  /**
   * A function whose parameters are `params` and the injected names; the latter are bound already. A file's lines stay where
   * they are.
   *
   * @throws SyntaxError
   */
  compile(content: string, filename: string, params: readonly string[]): (...args: unknown[]) => unknown {
    const internals = nodeInternals()
    const url = path.isAbsolute(filename) ? pathToFileURL(filename).href : pathToFileURL(`${process.cwd()}/`).href
    return withInjected(filename, (names) => {
      const result = internals.compileFunction(
        content,
        filename,
        0,
        0,
        undefined,
        false,
        undefined,
        [],
        [...params, ...names],
        Symbol(filename),
        this.#esm.importFrom(url),
      )
      const { function: compiled } = result
      internals.cacheSourceMap(filename, content, compiled, false, undefined, result.sourceMapURL)
      const values = names.map((name) => this.#realm.globals[name])
      return function (this: unknown, ...args: unknown[]) {
        return Reflect.apply(compiled, this, [...args, ...values])
      }
    })
  }

  requireOf(module: CjsModule): NodeRequireLike {
    const { Module } = this
    const resolve = (request: string, options?: object): string =>
      Module._resolveFilename(request, module, false, options)
    const base = createRequire(module.filename ?? `${process.cwd()}/`)
    return Object.assign((id: string): unknown => module.require(id), {
      resolve: Object.assign(resolve, { paths: base.resolve.paths }),
      main: this.#main,
      extensions: Module._extensions,
      cache: Module._cache,
    })
  }

  #createRequire(from: string | URL): NodeRequireLike {
    // Node checks the argument; where it leads is in the paths that it would search.
    createRequire(from)
    const filename = from instanceof URL || String(from).startsWith('file:') ? fileOf(from) : String(from)
    const isDirectory = /[\\/]$/.test(filename)
    const file = isDirectory ? path.join(filename, 'noop.js') : filename
    return this.requireOf(this.moduleAt(file))
  }

  /** A module that stands for a file without running it. */
  moduleAt(file: string): CjsModule {
    const module = new this.Module(file)
    module.filename = file
    module.paths = native._nodeModulePaths(path.dirname(file))
    return module
  }
}

const fileOf = (url: string | URL): string => decodeURIComponent(new URL(url).pathname)
