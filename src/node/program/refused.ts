/**
 * Built-ins that would reach the real system past the virtual host: their calls throw by name. Classes and constants stay.
 * Child processes are allowed by SOQUETE_ALLOW_CHILDREN; then they end with the program.
 */
import type { ChildProcess } from 'node:child_process'
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
  [program.process.env, process.env].some(({ SOQUETE_ALLOW_CHILDREN: allow }) => allow === '1')

type Start = (...args: unknown[]) => ChildProcess

/** It lives while its child does, and the child ends with it. */
const starting =
  (original: Start, program: NodeProgram): Start =>
  (...args) => {
    const { gate } = program
    gate.check()
    const child = gate.enter(() => original(...args))
    if (!('once' in child)) return child
    const release = gate.liveness.hold()
    const closable = { close: () => child.kill() }
    gate.adopt(closable)
    child.once('close', () => {
      gate.release(closable)
      release()
    })
    return child
  }

const refusal = (id: string, name: string): object => {
  // A declaration, because a class must be callable with `new`.
  function stub(): never {
    return refuse(
      `${id}.${name}${id === 'child_process' ? ' (a child process would see the real network; SOQUETE_ALLOW_CHILDREN=1 allows it)' : ''}`,
    )
  }
  return stub
}

export const refusing = (id: string, original: Exports, program: NodeProgram): Exports => {
  const made = Object.create(Object.getPrototypeOf(original) as object) as Exports
  Object.defineProperties(made, Object.getOwnPropertyDescriptors(original))
  const isAllowed = id === 'child_process' && allowsChildren(program)
  for (const name of STARTERS[id] ?? []) {
    const value = isAllowed ? starting(original[name] as Start, program) : refusal(id, name)
    Object.defineProperty(value, 'name', { value: name })
    Object.defineProperty(made, name, { value, writable: true, configurable: true, enumerable: true })
  }
  return made
}
