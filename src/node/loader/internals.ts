/**
 * The parts of Node that load modules, which no public call reaches: found through an inspector session in this process, which
 * shows the closure of `process.binding`. Checked by name and arity, so that a Node that has changed them says so at once.
 */
import inspector from 'node:inspector'
import process from 'node:process'
import vm from 'node:vm'

/** A record of V8's module graph. */
export interface VmModule {
  readonly identifier: string
  readonly status: 'unlinked' | 'linking' | 'linked' | 'evaluating' | 'evaluated' | 'errored'
  readonly namespace: Record<string, unknown>
  readonly error: unknown
  evaluate(): Promise<void>
}

export interface ModuleRequest {
  readonly specifier: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface SyntheticVmModule extends VmModule {
  setExport(name: string, value: unknown): void
}

/** Called for `import()`: the module, evaluated, or a namespace. */
export type ImportCallback = (
  specifier: string,
  referrer: unknown,
  attributes: Readonly<Record<string, string>>,
) => Promise<unknown>

interface SourceOptions {
  readonly identifier: string
  readonly lineOffset: number
  readonly initializeImportMeta: (meta: Record<string, unknown>) => void
  readonly importModuleDynamically: ImportCallback
}

/** What is behind a module record: methods that differ from Node to Node. */
interface Wrap {
  readonly sourceMapURL?: string
  readonly hasAsyncGraph?: boolean
  isGraphAsync?(): boolean
  getModuleRequests(): readonly ModuleRequest[]
  link(first: unknown, second?: unknown): void
  instantiate(): void
}

type CompileFunction = (
  code: string,
  filename: string,
  lineOffset: number,
  columnOffset: number,
  cachedData: undefined,
  produceCachedData: boolean,
  context: undefined,
  extensions: readonly object[],
  params: readonly string[],
  hostDefinedOption: symbol,
  importModuleDynamically: ImportCallback,
) => { readonly function: (...args: unknown[]) => unknown; readonly sourceMapURL?: string }

export interface ResolvedModule {
  readonly url: string
  readonly format?: string | null
}

export interface LoadedSource {
  readonly format: string
  readonly source: string | NodeJS.ArrayBufferView | ArrayBuffer | null
}

type CacheSourceMap = (
  filename: string,
  content: string,
  owner: object,
  isGenerated: boolean,
  sourceUrl: undefined,
  sourceMapUrl: string | undefined,
) => void

/** A timer in its list; the list is a link of its own ring. */
export interface NodeTimer {
  readonly _idlePrev: NodeTimer | null
}

export interface Internals {
  readonly compileFunction: CompileFunction
  readonly SourceTextModule: new (source: string, options: SourceOptions) => VmModule
  readonly SyntheticModule: new (
    names: readonly string[],
    evaluate: (this: SyntheticVmModule) => void,
    options: { readonly identifier: string },
  ) => SyntheticVmModule
  readonly resolve: (specifier: string, context: { readonly parentURL?: string }) => ResolvedModule
  readonly load: (
    url: string,
    context: { readonly format?: string; readonly importAttributes: Readonly<Record<string, string>> },
  ) => LoadedSource
  /** The parser of CommonJS export names. */
  readonly lex: (source: string) => { readonly exports: Iterable<string>; readonly reexports: Iterable<string> }
  /** Takes types out of TypeScript; absent where Node has no such thing. */
  readonly stripTypes: ((source: string, filename: string) => string) | null
  readonly cacheSourceMap: CacheSourceMap
  readonly containsModuleSyntax: (source: string, filename: string) => boolean
  /** How many immediates wait, in the first place. */
  readonly immediates: Readonly<Record<number, number>>
  /** What Node does with what nobody caught: its events, else the message and the end. */
  readonly uncaught: (error: unknown, isRejection: boolean) => void
  /** Forget which callbacks are running, as Node does after an uncaught error. */
  readonly clearAsyncIdStack: () => void
  /** Every timer of Node, by duration. */
  readonly timerLists: Readonly<Record<string, NodeTimer>>
  /** The symbol under which an error keeps the lines that Node prints above its stack. */
  readonly arrowMessage: symbol | null
}

type RequireBuiltin = (id: string) => Record<string, unknown>
type InternalBinding = (id: string) => Record<string, unknown>

interface Found {
  requireBuiltin?: RequireBuiltin
  internalBinding?: InternalBinding
}

const missing = (what: string): Error =>
  new Error(
    `Node ${process.version}: ${what} cannot be reached, so program files cannot run as virtual processes (is the inspector switched off, or --permission on?)`,
  )

/** Both functions are in the closure scope of `process.binding`; the inspector can read it. */
const reach = (): Found => {
  const session = new inspector.Session()
  session.connect()
  // The inspector sees the main realm; in a test runner's vm context our own globalThis is another one.
  const realm = vm.runInThisContext('globalThis') as Record<symbol, unknown>
  const key = Symbol.for('soquete.internals')
  const found: Found = {}
  const post = (method: string, params: object): Record<string, unknown> => {
    let answer: Record<string, unknown> = {}
    session.post(method, params, (error: unknown, result?: object) => {
      if (error !== null) throw missing(`the inspector's ${method}`)
      answer = (result ?? {}) as Record<string, unknown>
    })
    return answer
  }
  interface Property {
    readonly name: string
    readonly value?: { readonly objectId?: string }
  }
  const propertiesOf = (objectId: string | undefined, list: string): Property[] =>
    objectId === undefined
      ? []
      : ((post('Runtime.getProperties', { objectId, ownProperties: true })[list] ?? []) as Property[])
  realm[key] = found
  try {
    const binding = post('Runtime.evaluate', { expression: 'process.binding' })['result'] as { objectId?: string }
    const scopes = propertiesOf(binding.objectId, 'internalProperties').find(({ name }) => name === '[[Scopes]]')
    for (const scope of propertiesOf(scopes?.value?.objectId, 'result'))
      for (const { name, value } of propertiesOf(scope.value?.objectId, 'result')) {
        if (name !== 'requireBuiltin' && name !== 'internalBinding') continue
        post('Runtime.callFunctionOn', {
          objectId: value?.objectId,
          functionDeclaration: `function () { globalThis[Symbol.for('soquete.internals')].${name} = this }`,
        })
      }
  } finally {
    delete realm[key]
    session.disconnect()
  }
  return found
}

const collect = (): Internals => {
  const { requireBuiltin, internalBinding } = reach()
  if (requireBuiltin === undefined || internalBinding === undefined) throw missing("Node's own loader")
  const take = <T>(id: string, name: string): T => {
    const value = requireBuiltin(id)[name]
    if (typeof value !== 'function') throw missing(`${name} of ${id}`)
    return value as T
  }
  const compileFunction = take<CompileFunction>('internal/vm', 'internalCompileFunction')
  if (compileFunction.length !== 11) throw missing('compileFunction with eleven arguments')
  const util = internalBinding('util') as { privateSymbols?: Record<string, symbol> }
  return {
    compileFunction,
    ...vmModules(take),
    resolve: take('internal/modules/esm/resolve', 'defaultResolve'),
    load: take('internal/modules/esm/load', 'defaultLoadSync'),
    lex: lexerOf(requireBuiltin, internalBinding),
    stripTypes: stripperOf(requireBuiltin),
    cacheSourceMap: take('internal/source_map/source_map_cache', 'maybeCacheSourceMap'),
    containsModuleSyntax: internalBinding('contextify')['containsModuleSyntax'] as Internals['containsModuleSyntax'],
    immediates: internalBinding('timers')['immediateInfo'] as Internals['immediates'],
    uncaught: internalBinding('errors')['triggerUncaughtException'] as Internals['uncaught'],
    clearAsyncIdStack: take('internal/async_hooks', 'clearAsyncIdStack'),
    timerLists: (requireBuiltin('internal/timers')['timerListMap'] ?? {}) as Internals['timerLists'],
    arrowMessage: util.privateSymbols?.['arrow_message_private_symbol'] ?? null,
  }
}

const vmModules = (
  take: <T>(id: string, name: string) => T,
): Pick<Internals, 'SourceTextModule' | 'SyntheticModule'> => {
  const SourceTextModule = take<Internals['SourceTextModule']>('internal/vm/module', 'SourceTextModule')
  const SyntheticModule = take<Internals['SyntheticModule']>('internal/vm/module', 'SyntheticModule')
  // The first one of a process warns that vm modules are experimental: nobody asked for those.
  const warn = process.emitWarning
  process.emitWarning = () => undefined
  try {
    new SyntheticModule([], () => undefined, { identifier: 'soquete:first' })
  } finally {
    process.emitWarning = warn
  }
  return { SourceTextModule, SyntheticModule }
}

/** The parser is a module of Node's own dependencies (20, 22) or a binding that answers with a pair (24, 26). */
const lexerOf = (requireBuiltin: RequireBuiltin, internalBinding: InternalBinding): Internals['lex'] => {
  try {
    const lexer = requireBuiltin('internal/deps/cjs-module-lexer/lexer') as {
      initSync?: () => void
      parse: Internals['lex']
    }
    lexer.initSync?.()
    return lexer.parse
  } catch {
    const parse = internalBinding('cjs_lexer')['parse'] as (source: string) => [Iterable<string>, Iterable<string>]
    return (source) => {
      const [exports, reexports] = parse(source)
      return { exports, reexports }
    }
  }
}

const stripperOf = (requireBuiltin: RequireBuiltin): Internals['stripTypes'] => {
  try {
    const strip = requireBuiltin('internal/modules/typescript')['stripTypeScriptModuleTypes']
    return typeof strip === 'function' ? (strip as Internals['stripTypes']) : null
  } catch {
    return null
  }
}

let internals: Internals | null = null

/** @throws Error that says what this Node lacks */
export const nodeInternals = (): Internals => (internals ??= collect())

const wrapOf = (module: VmModule): Wrap => {
  const key = Object.getOwnPropertySymbols(module).find(({ description }) => description === 'kWrap')
  const wrap = key === undefined ? undefined : (module as unknown as Record<symbol, Wrap | undefined>)[key]
  if (wrap === undefined) throw missing('the record of a module')
  return wrap
}

/** What a source module imports, in order. */
export const requestsOf = (module: VmModule): readonly ModuleRequest[] => wrapOf(module).getModuleRequests()

/** Give a module the modules it asked for, in the order of its requests. */
export const linkModule = (module: VmModule, modules: readonly VmModule[]): void => {
  const wrap = wrapOf(module)
  const wraps = modules.map(wrapOf)
  // Node 20 wants the specifiers too; from 22 on the wraps alone.
  if (process.versions.node.startsWith('20.'))
    wrap.link(
      wrap.getModuleRequests().map(({ specifier }) => specifier),
      wraps,
    )
  else wrap.link(wraps)
}

/** Bind imports to exports. On Node 20 every module of a graph needs it, bound or not, or its link cache pins the graph. */
export const instantiateModule = (module: VmModule): void => {
  wrapOf(module).instantiate()
}

/** It, or something it imports, awaits at top level. */
export const isAsyncGraph = (module: VmModule): boolean => {
  const wrap = wrapOf(module)
  return wrap.isGraphAsync?.() ?? wrap.hasAsyncGraph === true
}

export const sourceMapUrlOf = (module: VmModule): string | undefined => wrapOf(module).sourceMapURL
