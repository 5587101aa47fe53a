/**
 * ES modules of one process: a map of its own, so that the same file is evaluated once in each process, in the main context
 * and under its own URL. Files are read and linked synchronously; only evaluation may wait (top-level await).
 */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { builtinId, type CommonJs, type EsmSide } from './commonjs.ts'
import { exportNamesOf } from './export-names.ts'
import { withInjected } from './injection.ts'
import {
  type ImportCallback,
  instantiateModule,
  isAsyncGraph,
  linkModule,
  type ModuleRequest,
  nodeInternals,
  requestsOf,
  type SyntheticVmModule,
  sourceMapUrlOf,
  type VmModule,
} from './internals.ts'
import type { Realm } from './realm.ts'

const GLOBALS = 'soquete:globals'

interface Loaded {
  readonly module: VmModule
  /** Source modules have requests to link. */
  readonly isSource: boolean
}

const text = (source: unknown): string =>
  typeof source === 'string' ? source : new TextDecoder().decode(source as ArrayBuffer)

export class EsModules implements EsmSide {
  readonly #realm: Realm
  /** Set by the graph that owns both sides. */
  commonJs!: CommonJs
  readonly #modules = new Map<string, VmModule>()
  #main: string | null = null

  constructor(realm: Realm) {
    this.#realm = realm
  }

  /** Load and evaluate as `import()` does; its namespace. */
  async import(specifier: string, parentUrl: string, attributes: ModuleRequest['attributes'] = {}): Promise<VmModule> {
    const module = this.#graph(specifier, parentUrl, attributes)
    await module.evaluate()
    return module
  }

  /** The program's entry: `import.meta.main` is true in it. */
  importMain(url: string): Promise<VmModule> {
    this.#main = url
    return this.import(url, url)
  }

  /** A source that is no file (`--eval`, standard input) as the entry. */
  async importSource(source: string, url: string): Promise<VmModule> {
    this.#main = url
    const module = this.#sourceModule(source, url)
    this.#link([module])
    await module.evaluate()
    return module
  }

  /** Throws the SyntaxError of a file. */
  check(filename: string): void {
    this.#read(pathToFileURL(filename).href, undefined, {})
  }

  importFrom(parentUrl: string): ImportCallback {
    return (specifier, _referrer, attributes) =>
      this.#realm.importing(async () => (await this.import(specifier, parentUrl, attributes)).namespace)
  }

  requireModule(filename: string, source: string): unknown {
    const url = pathToFileURL(filename).href
    let module = this.#modules.get(url)
    if (module === undefined) {
      module = this.#sourceModule(source, url)
      this.#modules.set(url, module)
      this.#link([module])
    }
    if (module.status !== 'evaluated') this.#evaluateNow(module, filename)
    const { namespace } = module
    return 'module.exports' in namespace ? namespace['module.exports'] : withEsModuleMark(namespace)
  }

  #evaluateNow(module: VmModule, filename: string): void {
    if (module.status === 'evaluating')
      throw codedError('ERR_REQUIRE_CYCLE_MODULE', `Cannot require() ES Module ${filename} in a cycle.`)
    if (isAsyncGraph(module))
      throw codedError(
        'ERR_REQUIRE_ASYNC_MODULE',
        'require() cannot be used on an ESM graph with top-level await. Use import() instead. To see where the top-level await comes from, use --experimental-print-required-tla.',
      )
    module.evaluate().catch(() => undefined)
    if (module.status === 'errored') throw module.error
  }

  /** The module with everything it imports, linked and instantiated. */
  #graph(specifier: string, parentUrl: string, attributes: ModuleRequest['attributes']): VmModule {
    const { module, isSource } = this.#load(specifier, parentUrl, attributes)
    if (isSource && module.status === 'unlinked') this.#link([module])
    return module
  }

  #link(roots: readonly VmModule[]): void {
    const fresh: VmModule[] = []
    const queue = [...roots]
    const seen = new Set<VmModule>(queue)
    try {
      for (let module = queue.pop(); module !== undefined; module = queue.pop()) {
        fresh.push(module)
        const { identifier } = module
        const children = requestsOf(module).map(({ specifier, attributes }) =>
          this.#load(specifier, identifier, attributes),
        )
        linkModule(
          module,
          children.map((child) => child.module),
        )
        for (const child of children) {
          if (!child.isSource || child.module.status !== 'unlinked' || seen.has(child.module)) continue
          seen.add(child.module)
          queue.push(child.module)
        }
      }
      for (const module of fresh) this.#instantiate(module)
    } catch (error) {
      // A graph that cannot be linked is forgotten, so that a later import finds the same error anew.
      for (const module of seen) if (module.status === 'unlinked') this.#modules.delete(module.identifier)
      throw error
    }
  }

  #instantiate(module: VmModule): void {
    try {
      instantiateModule(module)
    } catch (error) {
      if (error instanceof SyntaxError) this.#explain(error, module)
      throw error
    }
  }

  /** A name that a CommonJS module may have, but not visibly in its text: Node says so. */
  #explain(error: SyntaxError, module: VmModule): void {
    const match = /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(error.message)
    const [, specifier = '', name = ''] = match ?? []
    if (match === null || builtinId(specifier) !== null) return
    const { url, format } = nodeInternals().resolve(specifier, { parentURL: module.identifier })
    if (format !== 'commonjs' || !synthetic.has(this.#modules.get(url) as VmModule)) return
    const message = `Named export '${name}' not found. The requested module '${specifier}' is a CommonJS module, which may not support all module.exports as named exports.
CommonJS modules can always be imported via the default export, for example using:

import pkg from '${specifier}';
`
    error.stack = (error.stack ?? '').replace(error.message, message)
    error.message = message
  }

  #load(specifier: string, parentUrl: string, attributes: ModuleRequest['attributes']): Loaded {
    if (specifier === GLOBALS) return { module: this.#globals(), isSource: false }
    const id = builtinId(specifier)
    if (id !== null) return { module: this.#builtin(id, attributes), isSource: false }
    const { url, format } = nodeInternals().resolve(specifier, { parentURL: parentUrl })
    const resolvedId = url.startsWith('node:') ? url.slice(5) : null
    if (resolvedId !== null) return { module: this.#builtin(resolvedId, attributes), isSource: false }
    const key = attributes['type'] === undefined ? url : `${url}|${attributes['type']}`
    const known = this.#modules.get(key)
    if (known !== undefined) return { module: known, isSource: !synthetic.has(known) }
    const module = this.#read(url, format ?? undefined, attributes)
    this.#modules.set(key, module)
    return { module, isSource: !synthetic.has(module) }
  }

  #read(url: string, known: string | undefined, attributes: ModuleRequest['attributes']): VmModule {
    const { load, stripTypes } = nodeInternals()
    const loaded = load(url, { ...(known === undefined ? {} : { format: known }), importAttributes: attributes })
    let { format } = loaded
    let source = loaded.source === null ? '' : format === 'wasm' || format === 'addon' ? '' : text(loaded.source)
    if (format.endsWith('typescript') && stripTypes !== null) {
      source = stripTypes(source, url)
      format = format === 'typescript' ? this.#ambiguous(source, url) : format.slice(0, -'-typescript'.length)
    }
    switch (format) {
      case 'module':
        return this.#sourceModule(source, url)
      case 'json':
        return this.#json(source, url)
      case 'commonjs':
        return this.#bridge(source === '' ? fs.readFileSync(fileURLToPath(url), 'utf8') : source, url)
      default:
        throw codedError('ERR_UNKNOWN_MODULE_FORMAT', `Unknown module format: ${format} for URL ${url}`)
    }
  }

  #ambiguous(source: string, url: string): string {
    return nodeInternals().containsModuleSyntax(source, url) ? 'module' : 'commonjs'
  }

  #sourceModule(source: string, url: string): VmModule {
    const { SourceTextModule, cacheSourceMap } = nodeInternals()
    const body = source.replace(/^\uFEFF/, '').replace(/^#!/, '//')
    const module = withInjected(
      url,
      (names) =>
        new SourceTextModule(`import { ${names.join(', ')} } from '${GLOBALS}'\n${body}`, {
          identifier: url,
          lineOffset: -1,
          initializeImportMeta: (meta) => this.#fillMeta(meta, url),
          importModuleDynamically: this.importFrom(url),
        }),
    )
    cacheSourceMap(url, body, module, false, undefined, sourceMapUrlOf(module))
    return module
  }

  #fillMeta(meta: Record<string, unknown>, url: string): void {
    if (url.startsWith('file:')) {
      const filename = fileURLToPath(url)
      meta['dirname'] = path.dirname(filename)
      meta['filename'] = filename
    }
    meta['main'] = url === this.#main
    meta['resolve'] = (specifier: string): string =>
      builtinId(specifier) !== null
        ? `node:${builtinId(specifier)}`
        : nodeInternals().resolve(specifier, { parentURL: url }).url
    meta['url'] = url
  }

  #synthetic(names: Iterable<string>, url: string, evaluate: (module: SyntheticVmModule) => void): VmModule {
    const { SyntheticModule } = nodeInternals()
    const module: VmModule = new SyntheticModule(
      [...new Set(names)],
      function () {
        evaluate(this)
      },
      { identifier: url },
    )
    instantiateModule(module)
    synthetic.add(module)
    return module
  }

  #globals(): VmModule {
    return this.#once(GLOBALS, () =>
      this.#synthetic(Object.keys(this.#realm.globals), GLOBALS, (module) => {
        for (const [name, value] of Object.entries(this.#realm.globals)) module.setExport(name, value)
      }),
    )
  }

  #builtin(id: string, attributes: ModuleRequest['attributes']): VmModule {
    const url = `node:${id}`
    // Node's own loader says what is wrong with the attributes.
    if (Object.keys(attributes).length > 0) nodeInternals().load(url, { importAttributes: attributes })
    return this.#once(url, () => {
      const exports = this.#realm.builtin(id) as Record<string, unknown>
      const names = Object.keys(exports).filter((name) => name !== 'default')
      return this.#synthetic(['default', 'module.exports', ...names], url, (module) => {
        for (const name of names) module.setExport(name, exports[name])
        module.setExport('module.exports', exports)
        module.setExport('default', exports)
      })
    })
  }

  #json(source: string, url: string): VmModule {
    return this.#synthetic(['default'], url, (module) => {
      try {
        module.setExport('default', JSON.parse(source.replace(/^\uFEFF/, '')))
      } catch (error) {
        if (error instanceof SyntaxError) error.message = `${url}: ${error.message}`
        throw error
      }
    })
  }

  /** A CommonJS module as ESM sees it; it runs when the import is evaluated, in Node's order. */
  #bridge(source: string, url: string): VmModule {
    const filename = fileURLToPath(url)
    const names = exportNamesOf(this.commonJs, filename, source)
    return this.#synthetic(['default', 'module.exports', ...names], url, (module) => {
      const exports = this.commonJs.load(filename)
      const isObject = exports !== null && (typeof exports === 'object' || typeof exports === 'function')
      const record = (isObject ? exports : {}) as Record<string, unknown>
      for (const name of names)
        if (name !== 'default' && Object.hasOwn(record, name)) module.setExport(name, safely(record, name))
      module.setExport('module.exports', exports)
      module.setExport('default', exports)
    })
  }

  #once(key: string, make: () => VmModule): VmModule {
    const known = this.#modules.get(key)
    if (known !== undefined) return known
    const module = make()
    this.#modules.set(key, module)
    return module
  }
}

/** Modules that have no requests: `linkRequests` is not for them. */
const synthetic = new WeakSet<VmModule>()

/** A getter of somebody's exports may throw; Node then exports undefined. */
const safely = (record: Record<string, unknown>, name: string): unknown => {
  try {
    return record[name]
  } catch {
    return undefined
  }
}

/** `require()` of ESM with a default export tells so, as bundlers expect (Node's `__esModule`). */
const withEsModuleMark = (namespace: Record<string, unknown>): unknown => {
  if (!('default' in namespace) || '__esModule' in namespace) return namespace
  const marked = Object.create(null, { __esModule: { value: true, enumerable: true } }) as Record<string, unknown>
  for (const name of Object.keys(namespace))
    Object.defineProperty(marked, name, { enumerable: true, get: () => namespace[name] })
  return marked
}

const codedError = (code: string, message: string): Error => {
  const error = new Error(message)
  Object.defineProperty(error, 'code', { value: code, enumerable: true, writable: true, configurable: true })
  Object.defineProperty(error, 'name', { value: `Error [${code}]`, writable: true, configurable: true })
  void error.stack
  Object.defineProperty(error, 'name', { value: 'Error', writable: true, configurable: true })
  return error
}
