/** `node` as a program of a virtual host. */
import path from 'node:path'
import { version } from 'node:process'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { Host, type Process, type Program } from '../../host/index.ts'
import { ProcessEvent } from '../../host/process/event.ts'
import { AGAIN } from '../../host/process/gate.ts'
import { Poll } from '../../wire/call.ts'
import { install } from '../install.ts'
import { type ModuleGraph, nodeInternals } from '../loader/index.ts'
import { installBlobs } from './blobs.ts'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import { routeErrors } from './errors.ts'
import { installGlobals } from './global-process.ts'
import { NodeProgram } from './program.ts'
import { workingDirectory } from './working-directory.ts'
import { installZlib } from './zlib.ts'

const BAD_COMMAND_LINE = 9

const HELP = `Usage: node [options] [ script.js ] [arguments]
       node [options] -

Options in a virtual process:
  -                           script read from stdin
  --                          indicate the end of node options
  -c, --check                 syntax check script without executing
  -e, --eval=...              evaluate script
  -h, --help                  print this text
  --import=...                ES module to preload
  --input-type=...            set module type for string input
  -p, --print [...]           evaluate script and print result
  -r, --require=...           CommonJS module to preload
  -v, --version               print Node.js version
`

const main = async (process: Process): Promise<number> => {
  const { host } = process
  if (!(host instanceof Host)) throw new Error('invariant: a process that runs node is on a host')
  const name = process.argv[0] ?? 'node'
  const line = parseCommandLine(name, process.argv.slice(1))
  if ('error' in line) {
    await process.promises.complain(line.error)
    return BAD_COMMAND_LINE
  }
  if (line.kind === 'version' || line.kind === 'help') {
    await process.promises.print(line.kind === 'help' ? HELP : `${version}\n`)
    return 0
  }
  const code = line.kind === 'stdin' ? new TextDecoder().decode(await process.promises.readAll(0)) : line.main
  install()
  routeErrors()
  installGlobals()
  installZlib()
  installBlobs()
  const cwd = workingDirectory(host, process)
  const file = line.kind === 'file' || line.kind === 'check' ? path.resolve(cwd, line.main) : null
  const program = new NodeProgram(host, process, {
    argv: file === null ? (line.kind === 'stdin' ? ['-', ...line.args] : line.args) : [file, ...line.args],
    execArgv: line.execArgv,
    cwd,
  })
  program.start((modules) => runLine(program, modules, line, file, code))
  return await untilFinished(process, program)
}

/** The program waits where a process waits, so that `ps` shows it asleep and a stopped one does not end. */
const untilFinished = (process: Process, program: NodeProgram): Promise<number> => {
  const event = new ProcessEvent()
  let result: number | null = null
  void program.finished.then((code) => {
    result = code
    event.fire()
  })
  return process.gate.pass<number>({
    run: () => result ?? AGAIN,
    watched: () => [[event, Poll.IN]],
    deadline: Number.POSITIVE_INFINITY,
    timedOut: () => 0,
    interrupted: () => 0,
    restarts: true,
  })
}

const runLine = async (
  program: NodeProgram,
  modules: ModuleGraph,
  line: CommandLine,
  file: string | null,
  code: string,
): Promise<void> => {
  const { cwd } = program
  const base = path.join(cwd, '[eval]')
  if (line.kind === 'check' && file !== null) return void checkSyntax(modules, file)
  for (const id of line.requires) modules.commonJs.require(base, id)
  for (const id of line.imports) await modules.esm.import(id, pathToFileURL(base).href)
  if (file !== null) return await modules.runMain(file)
  const name = line.kind === 'stdin' ? '[stdin]' : '[eval]'
  if (line.inputType === 'module' || (line.inputType === null && isModule(code, name)))
    return void (await modules.esm.importSource(code, pathToFileURL(path.join(cwd, `${name}1`)).href))
  const result = modules.runScript(code, name, cwd, line.kind === 'print')
  if (line.kind === 'print') program.stdio.stdout.write(`${typeof result === 'string' ? result : inspect(result)}\n`)
}

const isModule = (code: string, name: string): boolean => nodeInternals().containsModuleSyntax(code, name)

const checkSyntax = (modules: ModuleGraph, file: string): void => {
  modules.check(modules.commonJs.Module._resolveFilename(file, null, true))
}

/** `node`, runnable in real time; in virtual time it says why not. */
export const nodeProgram = (time: 'virtual' | 'real'): Program => ({
  name: 'node',
  main: time === 'real' ? main : refuseVirtualTime,
})

export const VIRTUAL_TIME =
  'this network is in virtual time, and the timers of Node programs are not: make it with { time: "real" }'

const refuseVirtualTime = async (process: Process): Promise<number> => {
  await process.promises.complain(`node: ${VIRTUAL_TIME}\n`)
  return 1
}
