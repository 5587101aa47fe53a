/** A machine with a shell and small programs, for tests of both: scripts, and keys typed on a terminal. */
import type { Process, Program, SpawnOptions, Terminal } from '../../../src/host/index.ts'
import { O_CLOEXEC } from '../../../src/socket/file.ts'
import { CORE_PROGRAMS } from '../../../src/userland/core/index.ts'
import { program as shell } from '../../../src/userland/sh/index.ts'
import { Machine, SECOND } from '../../host/machine.ts'
import { normalise } from './recorded.ts'

export { SECOND }

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** The exit code, or 128 plus the signal. */
  readonly code: number
}

export const createMachine = (name = 'server'): Machine => {
  const machine = new Machine(name)
  for (const program of [shell, ...CORE_PROGRAMS]) machine.kernel.programs.register(program)
  return machine
}

/** Everything due has run, whatever microtasks that took: a shell awaits deeply. */
const settle = async ({ clock }: Machine): Promise<void> => {
  do {
    clock.runJobs(100_000)
    clock.runCallback()
    await new Promise(setImmediate)
  } while (clock.busy)
}

/** Until nothing is left to happen, or that time has come. */
const advance = async (machine: Machine, until = Number.POSITIVE_INFINITY): Promise<void> => {
  const { clock } = machine
  for (;;) {
    await settle(machine)
    const next = clock.nextDeadline
    if (next > until || next === Number.POSITIVE_INFINITY) break
    clock.advance(next)
  }
  if (until !== Number.POSITIVE_INFINITY) clock.advance(until)
}

const codeOf = (process: Process): number => {
  const { ended } = process
  if (ended === null) throw new Error('the program did not end')
  return ended.kind === 'exited' ? ended.code : 'signal' in ended ? 128 + ended.signal : -1
}

const ENV: Readonly<Record<string, string>> = {
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
}

const OPTIONS: SpawnOptions = { env: ENV, cwd: '/root' }

/** Run a program to its end. `input` is its standard input, through a pipe. */
export const run = async (
  machine: Machine,
  argv: readonly string[],
  input = '',
  options: SpawnOptions = {},
): Promise<Outcome> => {
  const [command = 'sh', ...args] = argv
  const main: Program['main'] = async (process) => {
    const pipe = process.pipe(O_CLOEXEC)
    if (typeof pipe === 'number') throw new Error('no pipe')
    const child = process.spawn(command, args, { stdio: [pipe[0], 1, 2], ...options })
    process.close(pipe[0])
    if (typeof child === 'number') throw new Error(`spawn ${command} gave ${child}`)
    if (input !== '') await process.promises.writeResult(pipe[1], input)
    process.close(pipe[1])
    const result = await process.promises.waitpid(child.pid)
    const status = result?.status
    return status?.kind === 'exited'
      ? status.code
      : status !== undefined && 'signal' in status
        ? 128 + status.signal
        : 1
  }
  const { process, out, err } = machine.start(main, { ...OPTIONS, session: true })
  await advance(machine)
  return { stdout: out.text, stderr: err.text, code: codeOf(process) }
}

export const sh = (machine: Machine, text: string, input = ''): Promise<Outcome> =>
  run(machine, ['bash', '-c', text], input)

/** Somebody at a terminal with a shell on it. */
export class Session {
  readonly machine: Machine
  readonly terminal: Terminal
  readonly shell: Process
  /** Everything that the terminal was sent. */
  output = ''
  readonly #decoder = new TextDecoder()

  constructor(machine: Machine = createMachine(), columns = 80, rows = 24, env: Record<string, string> = {}) {
    this.machine = machine
    this.terminal = machine.kernel.openTerminal(columns, rows)
    this.terminal.onOutput((bytes) => (this.output += this.#decoder.decode(bytes, { stream: true })))
    const file = this.terminal.open()
    const child = machine.kernel.init.spawn('bash', [], {
      ...OPTIONS,
      env: { ...ENV, TERM: 'xterm', ...env },
      stdio: [file, file, file],
      session: true,
      terminal: this.terminal,
    })
    if (typeof child === 'number') throw new Error(`spawn gave ${child}`)
    this.shell = child
  }

  /** Press keys, and let everything come to rest for `seconds`. What the terminal was sent meanwhile. */
  async type(keys: string, seconds = 0.1): Promise<string> {
    const before = this.output.length
    this.terminal.input(new TextEncoder().encode(keys))
    await advance(this.machine, this.machine.clock.now + seconds * SECOND)
    return this.output.slice(before)
  }

  get code(): number {
    return codeOf(this.shell)
  }
}

/** What our shell answers in an empty directory /work, as the recorded answers of bash were made. */
export const answerOf = async (text: string): Promise<Outcome> => {
  const machine = createMachine()
  machine.kernel.init.mkdir('/work')
  return normalise(await run(machine, ['bash', '-c', text], '', { cwd: '/work' }))
}
