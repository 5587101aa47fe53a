import { type Process, Signal, signalName } from '../../host/index.ts'

/** `EXIT`, `ERR` and `DEBUG`'s kin have names and no numbers; only these two are known here. */
export type TrapName = number | 'EXIT' | 'ERR'

/** What `trap` has set. A signal that comes only notes itself; the shell runs its command between two others. */
export class Traps {
  readonly #commands = new Map<TrapName, string>()
  readonly #pending: number[] = []
  /** A subshell lists its parent's traps until it sets its own, and runs none of them (POSIX 2.15 trap). */
  #inherited: ReadonlyMap<TrapName, string> | null = null

  get(name: TrapName): string | undefined {
    return this.#commands.get(name)
  }

  /** In the order in which `trap` lists them: EXIT, then signals by number, then ERR. */
  list(): [TrapName, string][] {
    const order = (name: TrapName): number => (name === 'EXIT' ? 0 : name === 'ERR' ? 1000 : name)
    return [...(this.#inherited ?? this.#commands)].sort(([a], [b]) => order(a) - order(b))
  }

  /** Null takes it away. `usual`: what the shell does upon the signal without a trap. */
  set(name: TrapName, command: string | null, process: Process, usual: () => void): void {
    this.#inherited = null
    if (command === null) this.#commands.delete(name)
    else this.#commands.set(name, command)
    if (typeof name !== 'number') return
    if (command === null) usual()
    else if (command === '') process.sigaction(name, 'ignore')
    else process.onSignal(name, () => this.#pending.push(name), false)
  }

  /** The next signal whose command is due. */
  take(): number | undefined {
    return this.#pending.shift()
  }

  /** The signal whose command is due next, and stays so. */
  get next(): number | undefined {
    return this.#pending[0]
  }

  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  ignores(signal: number): boolean {
    return this.#commands.get(signal) === ''
  }

  forSubshell(): Traps {
    const copy = new Traps()
    for (const [name, command] of this.#commands) if (command === '') copy.#commands.set(name, command)
    copy.#inherited = new Map(this.#commands)
    return copy
  }
}

/** As `trap` prints it. */
export const trapName = (name: TrapName): string =>
  typeof name === 'number' ? (signalName(name) ?? String(name)) : name

/** `INT`, `SIGINT`, `2`, `EXIT`, `0`, `ERR`. */
export const parseTrap = (text: string): TrapName | undefined => {
  const upper = text.toUpperCase()
  if (upper === 'EXIT' || upper === '0') return 'EXIT'
  if (upper === 'ERR') return 'ERR'
  if (/^\d+$/.test(upper)) return signalName(Number(upper)) === null ? undefined : Number(upper)
  return Signal[(upper.startsWith('SIG') ? upper : `SIG${upper}`) as keyof typeof Signal]
}
