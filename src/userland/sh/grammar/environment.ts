import type { Script } from './ast.ts'
import type { Awaitable, GlobFiles } from './glob.ts'

/** What expansion asks of the shell that runs it. */
export interface ExpansionEnvironment {
  /** A variable's value; undefined when unset. */
  get(name: string): string | undefined
  /** May throw an {@link ExpansionError} (`x: readonly variable`). */
  set(name: string, value: string): void
  /** `$0` */
  readonly name: string
  /** `$1` and so on. */
  readonly positional: readonly string[]
  /** `$?` */
  readonly lastStatus: number
  /** `$$` */
  readonly pid: number
  /** `$!` */
  readonly lastBackgroundPid: number | undefined
  /** `$-`, the letters of the options that are set. `u` (nounset) and `f` (noglob) matter here. */
  readonly flags: string
  /** What the script writes to its standard output; trailing newlines are removed here. */
  commandSubstitution(script: Script): Promise<string>
  readonly files: GlobFiles
  /** A user's home directory; undefined for an unknown one. `''` is the user the shell runs as, asked when HOME is unset. */
  home(user: string): Awaitable<string | undefined>
}
