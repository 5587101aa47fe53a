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

  /** The letters of those that are on, without `i`, `s` and `c`. */
  get letters(): string {
    return OPTIONS.filter(([name, letter]) => letter !== '' && this.#on.has(name))
      .map(([, letter]) => letter)
      .sort()
      .join('')
  }
}

export const optionOfLetter = (letter: string): OptionName | undefined =>
  OPTIONS.find(([, each]) => each !== '' && each === letter)?.[0]

export const optionOfName = (name: string): OptionName | undefined => OPTIONS.find(([each]) => each === name)?.[0]
