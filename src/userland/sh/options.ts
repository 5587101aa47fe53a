/** `set -e` and its kin: letters, long names and which of them `$-` shows. In the order in which `set -o` lists them. */
export const OPTIONS = [
  ['allexport', 'a'],
  ['errexit', 'e'],
  ['ignoreeof', ''],
  ['monitor', 'm'],
  ['noclobber', 'C'],
  ['noexec', 'n'],
  ['noglob', 'f'],
  ['nounset', 'u'],
  ['pipefail', ''],
  ['verbose', 'v'],
  ['xtrace', 'x'],
] as const

export type OptionName = (typeof OPTIONS)[number][0]

export class ShellOptions {
  readonly #on: Set<OptionName>

  constructor(on: Iterable<OptionName> = []) {
    this.#on = new Set(on)
  }

  copy(): ShellOptions {
    return new ShellOptions(this.#on)
  }

  has(name: OptionName): boolean {
    return this.#on.has(name)
  }

  set(name: OptionName, on: boolean): void {
    if (on) this.#on.add(name)
    else this.#on.delete(name)
  }

  /** `$-`, in bash's order. Hashing and brace expansion are always on; `other`: `i`, `c` and `s`. */
  letters(other: string): string {
    const on = OPTIONS.filter(([name]) => this.#on.has(name)).map(([, letter]) => letter)
    const all = ['h', 'B', ...on, ...other]
    return [...ORDER].filter((letter) => all.includes(letter)).join('')
  }
}

/** Of bash's flags.c: these, then `i`, `c` and `s`. */
const ORDER = 'aefhmnuvxBCics'

export const optionOfLetter = (letter: string): OptionName | undefined =>
  OPTIONS.find(([, each]) => each !== '' && each === letter)?.[0]

export const optionOfName = (name: string): OptionName | undefined => OPTIONS.find(([each]) => each === name)?.[0]
