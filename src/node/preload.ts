/** One program for the whole process: what the preload (`soquete/register`) makes of whatever Node runs next. */
import type { Host } from '../host/index.ts'
import { setFallbackProgram } from './current.ts'
import { install } from './install.ts'
import { prepareProcess } from './run.ts'

/** Everything that this process does with the network happens on `host` from now on. */
export const adopt = (host: Host): void => {
  install()
  const process = host.process('node')
  process.argv = ['node', ...globalThis.process.argv.slice(1)]
  prepareProcess(process)
  const program = { host, process, alive: true }
  process.onEnd(() => (program.alive = false))
  setFallbackProgram(program)
}
