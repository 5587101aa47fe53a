/**
 * The modules of one process: CommonJS and ESM of real files, loaded anew for each process in the same thread and realm.
 *
 * Node's own loader keeps one module a file for the whole of Node; here a file runs once in each process. No flag and no tag
 * in any URL: stack traces, `import.meta.url` and breakpoints name the real file. Left out: user hooks of ESM
 * (`module.register`), wasm modules, source phase imports.
 */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import v8 from 'node:v8'
import { CommonJs } from './commonjs.ts'
import { EsModules } from './esm.ts'
import { nodeInternals } from './internals.ts'
import type { Realm } from './realm.ts'

export { type NodeTimer, nodeInternals } from './internals.ts'
export type { Realm } from './realm.ts'

/** Where the files of this folder are, for who leaves them out of a stack. */
export const LOADER_URL: string = new URL('.', import.meta.url).href

let isPrepared = false

/** Once for the whole of Node, before the first process. */
const prepare = (): void => {
  if (isPrepared) return
  isPrepared = true
  // V8's cache of compiled `eval`s and `new Function`s keeps the modules of dead processes alive.
  v8.setFlagsFromString('--no-compilation-cache')
}

export class ModuleGraph {
  readonly commonJs: CommonJs
  readonly esm: EsModules

  constructor(realm: Realm) {
    prepare()
    this.esm = new EsModules(realm)
    this.commonJs = new CommonJs(realm, this.esm)
    this.esm.commonJs = this.commonJs
  }

  /** Run a file as `node file` does. What it awaits at top level is awaited. */
  async runMain(file: string): Promise<void> {
    const filename = this.commonJs.Module._resolveFilename(file, null, true)
    if (isEsm(filename)) await this.esm.importMain(pathToFileURL(filename).href)
    else this.commonJs.load(filename, true)
  }

  /** Run code that is no file, as `--eval` does; its value when `wantsValue`. */
  runScript(code: string, name: string, cwd: string, wantsValue: boolean): unknown {
    const module = this.commonJs.moduleAt(path.join(cwd, name))
    module.id = name
    const params = ['exports', 'require', 'module', '__filename', '__dirname']
    const args = [module.exports, this.commonJs.requireOf(module), module, name, '.']
    if (!wantsValue) return this.commonJs.compile(code, name, params).apply(globalThis, args)
    // A function gives no completion value; a direct eval in it does.
    const run = this.commonJs.compile('return eval(arguments[5])', name, [...params, '__code'])
    return run.apply(globalThis, [...args, `${code}\n//# sourceURL=${name}`])
  }

  /** Throws the SyntaxError of a file, which does not run. */
  check(filename: string): void {
    if (isEsm(filename)) this.esm.check(filename)
    else this.commonJs.compile(fs.readFileSync(filename, 'utf8'), filename, ['exports', 'require', 'module'])
  }
}

/** Whether Node's rules make this file an ES module: its extension, the nearest "type", or else its syntax. */
const isEsm = (filename: string): boolean => {
  const { load, containsModuleSyntax, stripTypes } = nodeInternals()
  const extension = path.extname(filename)
  if (extension === '.mjs' || extension === '.mts') return true
  if (!['.js', '.ts'].includes(extension)) return false
  const url = pathToFileURL(filename).href
  const { format } = nodeInternals().resolve(url, { parentURL: url })
  if (format === 'module' || format === 'module-typescript') return true
  if (format === 'commonjs' && hasType(filename)) return false
  if (format === 'commonjs-typescript') return false
  const source = fs.readFileSync(fileURLToPath(url), 'utf8')
  if (extension === '.ts') {
    if (stripTypes === null) {
      load(url, { importAttributes: {} })
      return false
    }
    return containsModuleSyntax(stripTypes(source, filename), filename)
  }
  return containsModuleSyntax(source, filename)
}

/** The nearest package.json says `"type": "commonjs"`. */
const hasType = (filename: string): boolean => {
  for (let dir = path.dirname(filename); ; dir = path.dirname(dir)) {
    const file = path.join(dir, 'package.json')
    if (fs.existsSync(file))
      return typeof (JSON.parse(fs.readFileSync(file, 'utf8')) as { type?: string }).type === 'string'
    if (dir === path.dirname(dir)) return false
  }
}
