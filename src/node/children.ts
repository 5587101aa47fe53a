/**
 * Child processes see the real network, so a program on a virtual host gets none, unless they are allowed (`--allow-children`,
 * `SOQUETE_ALLOW_CHILDREN=1`): then one that is Node gets the preload, and with it a virtual host of its own. Clusters share real
 * listening sockets: never. Worker threads start, but have no network yet.
 */
import childProcess from 'node:child_process'
import cluster from 'node:cluster'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import workerThreads from 'node:worker_threads'
import { currentProgram } from './current.ts'
import { binding, type Methods } from './internals.ts'
import { refuse } from './refuse.ts'
import { refuseHandles } from './ways-out.ts'

/** The preload beside this file: the built one, or the source. */
export const preload: string = new URL(
  import.meta.url.endsWith('.ts') ? '../register.ts' : './register.js',
  import.meta.url,
).href

const areAllowed = (): boolean => {
  const { SOQUETE_ALLOW_CHILDREN: allow } = process.env
  return allow !== undefined && allow !== '' && allow !== '0'
}

interface SpawnOptions {
  readonly file?: unknown
  envPairs?: string[]
}

const PREFIX = 'NODE_OPTIONS='

/** A child that is Node begins with the preload. */
const withPreload = (options: SpawnOptions): void => {
  if (!/^node(\.exe)?$/.test(basename(String(options.file)))) return
  const pairs = options.envPairs ?? Object.entries(process.env).map(([name, value]) => `${name}=${value}`)
  const at = pairs.findIndex((pair) => pair.startsWith(PREFIX))
  const before = at < 0 ? '' : (pairs[at] as string).slice(PREFIX.length)
  if (before.includes(preload)) return
  const pair = `${PREFIX}${before} --import ${preload}`.replace('= ', '=')
  options.envPairs = at < 0 ? [...pairs, pair] : pairs.map((old, i) => (i === at ? pair : old))
}

const checkAllowed = (file: unknown): void => {
  if (currentProgram() !== undefined && !areAllowed())
    refuse(
      `a child process (${String(file)}), which would see the real network: allow it with --allow-children or SOQUETE_ALLOW_CHILDREN=1, or else it`,
    )
}

const check = (options: SpawnOptions): void => {
  checkAllowed(options.file)
  if (currentProgram() !== undefined) withPreload(options)
}

/** Every asynchronous way to a child leads through ChildProcess.prototype.spawn, every synchronous one through spawn_sync. */
const installSpawn = (): void => {
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn(options: SpawnOptions): unknown }
  const { spawn } = prototype
  prototype.spawn = function spawnChecked(this: unknown, options) {
    check(options)
    const result = spawn.call(this, options)
    refuseHandles(this as object)
    return result
  }
  const { prototype: native } = binding('process_wrap')['Process'] as { readonly prototype: Methods }
  const nativeSpawn = native['spawn'] as (this: unknown, ...args: unknown[]) => unknown
  native['spawn'] = function spawn(this: unknown, ...args: [file: string | SpawnOptions, ...rest: unknown[]]) {
    // Node 24 gives the options one by one.
    const [first] = args
    checkAllowed(typeof first === 'string' ? first : first.file)
    return nativeSpawn.apply(this, args)
  }
  const sync = binding('spawn_sync') as unknown as { spawn(options: SpawnOptions): unknown }
  const spawnSync = sync.spawn
  sync.spawn = (options) => {
    check(options)
    return spawnSync(options)
  }
}

const installCluster = (): void => {
  const { fork } = cluster
  cluster.fork = (env) => (currentProgram() === undefined ? fork(env) : refuse('cluster'))
}

const installWorkers = (): void => {
  const { Worker } = workerThreads
  class VirtualWorker extends Worker {
    constructor(file: string | URL, options: workerThreads.WorkerOptions = {}) {
      const execArgv = options.execArgv ?? process.execArgv
      // Node runs such a text without waiting for the preload: it could reach the real network before.
      if (options.eval === true && currentProgram() !== undefined) refuse('a worker thread from a text (eval: true)')
      const isCovered = currentProgram() === undefined || execArgv.some((argument) => argument.includes(preload))
      super(file, isCovered ? options : { ...options, execArgv: [...execArgv, '--import', preload] })
    }
  }
  Object.defineProperty(VirtualWorker, 'name', { value: 'Worker' })
  ;(workerThreads as unknown as Methods)['Worker'] = VirtualWorker
}

export const installChildren = (): void => {
  installSpawn()
  installCluster()
  installWorkers()
  syncBuiltinESMExports()
}
