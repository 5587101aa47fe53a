/** Values of the injected names for one process. */
import { Console } from 'node:console'
import { gated } from './facade.ts'
import type { NodeProgram } from './program.ts'

export const makeConsole = (program: NodeProgram): Console => {
  const made = new Console({ stdout: program.stdio.stdout, stderr: program.stdio.stderr, ignoreErrors: true })
  return Object.assign(made, { Console })
}

export const makeGlobals = (program: NodeProgram): Readonly<Record<string, unknown>> => {
  const { gate, timers, object } = program
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Record<string, unknown> }
  const wasm = Object.create(WebAssembly) as Record<string, unknown>
  for (const name of ['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming'] as const) {
    const original = WebAssembly[name]
    if (typeof original === 'function')
      wasm[name] = gated(original as (...args: never[]) => unknown, name, gate, {}, WebAssembly)
  }
  return {
    process: object,
    console: program.builtins.get('console'),
    ...timers.functions,
    queueMicrotask(callback: () => void) {
      gate.check()
      queueMicrotask(typeof callback === 'function' ? gate.callback(program.guarded(callback)) : callback)
    },
    crypto: program.builtins.webcrypto,
    WebAssembly: wasm,
  }
}
