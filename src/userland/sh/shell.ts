/**
 * One shell: its variables, functions, options, jobs and traps, in the process that runs it. A subshell is a copy of it in a
 * process of its own, so nothing that it does comes back, as with fork(2).
 */
import { type Process, Signal, type Termios, type WaitStatus } from '../../host/index.ts'
import { EINTR, strerror } from '../../wire/errno.ts'
import { encodeText } from '../core/bytes.ts'
import type { Builtin } from './builtins/index.ts'
import { ShellExit } from './control.ts'
import type { History } from './editor/history.ts'
import { createEnvironment } from './expansion.ts'
import type { Command, ExpansionEnvironment, FunctionDefinition, Script } from './grammar/index.ts'
import { JobTable } from './jobs/table.ts'
import { type OptionName, ShellOptions } from './options.ts'
import { Traps } from './traps.ts'
import { Variables } from './variables.ts'

/** A function with the name of the text that it was read from, for its messages. */
export interface ShellFunction {
  readonly definition: FunctionDefinition
  readonly source: string
}

/** What runs commands; a slot, because what commands are made of runs commands too. */
export interface Engine {
  readonly builtins: ReadonlyMap<string, Builtin>
  script(shell: Shell, script: Script): Promise<number>
  command(shell: Shell, command: Command): Promise<number>
  /** A whole text, line by line; `line` is the one that it begins with, `label` the builtin that syntax errors name. */
  text(shell: Shell, text: string, line: number, label?: string): Promise<number>
  /** A file as a script in this process, in place of what runs in it now. */
  file(shell: Shell, path: string, args: readonly string[]): Promise<number>
}

export interface ShellStart {
  /** `$0` */
  readonly name: string
  /** What messages begin with: `bash`, `sh`, or the script's path. */
  readonly messageName: string
  readonly positional: readonly string[]
  readonly options: Iterable<OptionName>
  readonly isInteractive: boolean
  /** Letters of `$-` that no option has: `i`, `c`, `s`. */
  readonly letters: string
}

export class Shell {
  process: Process
  readonly name: string
  /** `$$`: a subshell keeps its parent's. */
  readonly pid: number
  readonly engine: Engine
  variables: Variables
  options: ShellOptions
  readonly functions: Map<string, ShellFunction>
  readonly aliases: Map<string, string>
  /** Where commands were found (`hash`). */
  readonly hashed: Map<string, { path: string; hits: number }>
  positional: readonly string[]
  readonly letters: string
  isInteractive: boolean
  /** argv[0], where `name` is the script's. */
  startedAs: string
  expandsAliases = false
  /** It, or the shell that it is a copy of, is interactive: messages have no line numbers. */
  isTypedTo: boolean
  /** It was made by `( )`, `$( )`, `&` or a pipeline. */
  isSubshell = false
  jobs = new JobTable()
  traps: Traps
  readonly environment: ExpansionEnvironment
  history: History | null = null
  lastStatus = 0
  lastBackgroundPid: number | undefined
  /** Of the command that runs, for messages of scripts. */
  line = 1
  /** Added to the lines of commands: where `eval`'s text stands. */
  lineBase = 0
  /** Whose name messages carry: changes in functions and sourced files. */
  messageName: string
  /** Loops around the present command, within its function. */
  loops = 0
  /** Functions around the present command. */
  calls = 0
  /** Command substitutions around it: `set -x` repeats the first character of PS4 so often. */
  substitutions = 0
  /** Sourced files around it. */
  sources = 0
  /** How many conditions and `!` are around it: `set -e` looks away. */
  tested = 0
  /** ^C came and nobody has acted on it yet. */
  interrupted = false
  /** Settings that a program finds when it starts, and that come back when it is stopped or killed. */
  cookedTermios: Termios | null = null
  /** A command substitution ran since this was cleared: a lone assignment then has its status. */
  substituted = false
  /** Children that are no jobs, and how they ended. */
  readonly strays = new Map<number, WaitStatus>()
  /** `exit` has warned of stopped jobs. */
  hasWarned = false
  /** Nanoseconds at its start, for SECONDS. */
  startTime: number
  /** Where `getopts` is: the argument that it saw last, and how far into it. */
  getoptsIndex = 1
  getoptsAt = 0

  constructor(process: Process, start: ShellStart, engine: Engine, parent?: Shell) {
    this.process = process
    this.name = start.name
    this.startedAs = start.name
    this.isTypedTo = start.isInteractive
    this.messageName = start.messageName
    this.positional = start.positional
    this.letters = start.letters
    this.isInteractive = start.isInteractive
    this.engine = engine
    this.pid = parent?.pid ?? process.pid
    this.variables = parent?.variables.copy() ?? new Variables()
    this.options = parent?.options.copy() ?? new ShellOptions(start.options)
    this.functions = new Map(parent?.functions)
    this.aliases = new Map(parent?.aliases)
    this.hashed = new Map(parent?.hashed)
    this.traps = new Traps()
    this.startTime = parent?.startTime ?? process.host.clock.now
    this.environment = createEnvironment(this)
  }

  /** A copy for a process that is about to be forked; `process` is set once that exists. */
  copy(): Shell {
    const { name, messageName, positional, letters } = this
    const start = { name, messageName, positional, letters, options: [], isInteractive: false }
    const copy = new Shell(this.process, start, this.engine, this)
    copy.isSubshell = true
    copy.isTypedTo = this.isTypedTo
    copy.expandsAliases = this.expandsAliases
    copy.options.set('monitor', false)
    copy.lastStatus = this.lastStatus
    copy.lastBackgroundPid = this.lastBackgroundPid
    copy.line = this.line
    copy.calls = this.calls
    copy.loops = this.loops
    copy.sources = this.sources
    copy.substitutions = this.substitutions
    copy.tested = this.tested
    copy.history = this.history
    copy.traps = this.traps.forSubshell()
    copy.jobs = this.jobs.copy()
    copy.hasJobSignals = false
    return copy
  }

  get isMonitoring(): boolean {
    return this.options.has('monitor')
  }

  get flags(): string {
    return this.options.letters(this.letters)
  }

  /** Seconds since the epoch, with a fraction. */
  get now(): number {
    return this.process.tree.time / 1000
  }

  /** What functions defined now will put before their messages: bash calls what was given with -c `environment`. */
  get sourceName(): string {
    return this.letters.includes('c') && this.sources === 0 ? 'environment' : this.messageName
  }

  // Output

  /** Write to standard output; a builtin's part of `write error`. 0, or 1 when that failed. */
  async print(text: string, command = 'echo'): Promise<number> {
    if (text === '') return 0
    const result = await this.write(1, text)
    if (result >= 0) return 0
    await this.complain(`${command}: write error: ${strerror(result)}`)
    return 1
  }

  /** Bytes written or a negative errno; goes on after signals. */
  async write(fd: number, text: string): Promise<number> {
    const bytes = encodeText(text)
    for (;;) {
      const result = await this.process.promises.writeResult(fd, bytes)
      if (result !== -EINTR) return result
    }
  }

  /** `bash: line 3: what went wrong`, without the line in an interactive shell. */
  async complain(message: string): Promise<void> {
    await this.write(2, `${this.prefix()}${message}\n`)
  }

  prefix(line = this.line): string {
    return this.isTypedTo ? `${this.messageName}: ` : `${this.messageName}: line ${line}: `
  }

  /** The usage of a builtin, which has no prefix. */
  async usage(text: string): Promise<number> {
    await this.write(2, `${text}\n`)
    return 2
  }

  // Ends

  /** `exit`: runs the EXIT trap once it unwinds. */
  exit(status: number): never {
    throw new ShellExit(status & 255)
  }

  /** What children must not inherit of an interactive shell's deafness. */
  get restoredSignals(): readonly number[] {
    return this.isInteractive || this.hasJobSignals
      ? [Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU, Signal.SIGQUIT, Signal.SIGTERM, Signal.SIGINT]
      : []
  }

  /** It has taken the job-control signals (an interactive shell, or `set -m`). */
  hasJobSignals = false
}
