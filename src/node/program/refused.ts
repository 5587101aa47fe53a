/** Built-ins that would reach the real system past the virtual host: their calls throw by name. Classes and constants stay. */
import process from 'node:process'
import { refuse } from '../refuse.ts'
import type { Exports } from './facade.ts'
import type { NodeProgram } from './program.ts'

export const REFUSED: ReadonlySet<string> = new Set(['child_process', 'cluster', 'worker_threads'])

/** The calls of each that start something. */
const STARTERS: Readonly<Record<string, readonly string[]>> = {
  child_process: ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync', '_forkChild'],
  cluster: ['fork', 'setupPrimary', 'setupMaster'],
  worker_threads: ['Worker'],
}

const allowsChildren = (program: NodeProgram): boolean =>
  program.process.env['SOQUETE_ALLOW_CHILDREN'] === '1' || process.env['SOQUETE_ALLOW_CHILDREN'] === '1'

export const refusing = (id: string, original: Exports, program: NodeProgram): Exports => {
  if (id === 'child_process' && allowsChildren(program)) return original
  const made = Object.create(Object.getPrototypeOf(original) as object) as Exports
  Object.defineProperties(made, Object.getOwnPropertyDescriptors(original))
  for (const name of STARTERS[id] ?? []) {
    // A declaration, because a class must be callable with `new`.
    function stub(): never {
      return refuse(
        `${id}.${name}${id === 'child_process' ? ' (a child process would see the real network; SOQUETE_ALLOW_CHILDREN=1 allows it)' : ''}`,
      )
    }
    Object.defineProperty(stub, 'name', { value: name })
    Object.defineProperty(made, name, { value: stub, writable: true, configurable: true, enumerable: true })
  }
  return made
}
