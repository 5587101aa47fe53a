/**
 * Options as the C library's getopt_long(3) reads them, and its complaints word for word. Programs with a reading of
 * their own (`ps`, `lsof`'s `+` options, telnet's prompt) do without.
 */

export interface LongOption {
  /** The name that {@link ParsedOption} gets, usually the short option it equals. Without: the long name. */
  readonly as?: string
  /** `--name=value` or `--name value` (required), `--name=value` alone (optional). Without: no value. */
  readonly argument?: 'required' | 'optional'
}

export interface OptionSyntax {
  /**
   * getopt's letters: `c:` takes a value (`-c1`, `-c 1`), `i::` an attached one at most (`-i4:8080`). Beyond getopt,
   * `i:?` also takes the next argument when it starts with neither `-` nor `+`.
   */
  readonly short: string
  /** Long options in the order in which ambiguous ones are listed. A string is short for `{ as: string }`. */
  readonly long?: Readonly<Record<string, string | LongOption>>
  /** Options may follow operands, as with GNU's programs; false stops at the first operand (POSIX). Default true. */
  readonly permute?: boolean
  /** `-5` is an option named `NUM` with the value `5`, as in `head -5`. */
  readonly numeric?: boolean
}

export interface ParsedOption {
  readonly name: string
  readonly value: string | undefined
}

export interface ParsedArguments {
  /** In order, up to the first error: a `--help` before it still counts. */
  readonly options: readonly ParsedOption[]
  readonly operands: readonly string[]
  /** The first complaint, with the program's name; undefined when all is well. */
  readonly error: string | undefined
}

type ShortKind = 'none' | 'required' | 'attached' | 'next'

/**
 * @param program as it was called, for the complaint
 * @param args without the program's name
 */
export function parseArguments(program: string, args: readonly string[], syntax: OptionSyntax): ParsedArguments {
  const reader = new ArgumentReader(program, args, syntax)
  reader.read()
  return { options: reader.options, operands: reader.operands, error: reader.error }
}

class ArgumentReader {
  readonly options: ParsedOption[] = []
  readonly operands: string[] = []
  error: string | undefined
  readonly #program: string
  readonly #args: readonly string[]
  readonly #syntax: OptionSyntax
  readonly #short: ReadonlyMap<string, ShortKind>
  #next = 0

  constructor(program: string, args: readonly string[], syntax: OptionSyntax) {
    this.#program = program
    this.#args = args
    this.#syntax = syntax
    this.#short = shortOptions(syntax.short)
  }

  read(): void {
    while (this.#next < this.#args.length && this.error === undefined) {
      const arg = this.#args[this.#next++] as string
      if (arg === '--') break
      if (arg === '-' || !arg.startsWith('-')) {
        this.operands.push(arg)
        if (this.#syntax.permute === false) break
      } else if (arg.startsWith('--') && this.#syntax.long !== undefined) this.#take(this.#long(arg.slice(2)))
      else if (this.#syntax.numeric === true && /^-[0-9]+$/.test(arg)) this.#take({ name: 'NUM', value: arg.slice(1) })
      else this.#bundle(Array.from(arg.slice(1)))
    }
    this.operands.push(...this.#args.slice(this.#next))
  }

  /** An option, or what is wrong with it. */
  #take(result: ParsedOption | string): void {
    if (typeof result === 'string') this.error = `${this.#program}: ${result}`
    else this.options.push(result)
  }

  /** Short options behind one hyphen; the first that has a value takes the rest. */
  #bundle(letters: readonly string[]): void {
    for (const [i, letter] of letters.entries()) {
      const kind = this.#short.get(letter)
      if (kind === 'none') this.#take({ name: letter, value: undefined })
      else {
        this.#take(this.#valued(letter, kind, letters.slice(i + 1).join('')))
        return
      }
    }
  }

  #valued(letter: string, kind: ShortKind | undefined, attached: string): ParsedOption | string {
    if (kind === undefined) return `invalid option -- '${letter}'`
    if (attached !== '') return { name: letter, value: attached }
    const next = this.#args[this.#next]
    const takesNext = kind === 'required' || (kind === 'next' && next !== undefined && !/^[-+]/.test(next))
    if (!takesNext) return { name: letter, value: undefined }
    if (next === undefined) return `option requires an argument -- '${letter}'`
    this.#next++
    return { name: letter, value: next }
  }

  #long(text: string): ParsedOption | string {
    const equals = text.indexOf('=')
    const given = equals === -1 ? text : text.slice(0, equals)
    const value = equals === -1 ? undefined : text.slice(equals + 1)
    const candidates = longCandidates(this.#syntax.long ?? {}, given)
    const [found] = candidates
    if (found === undefined) return `unrecognized option '--${text}'`
    if (candidates.some(({ option }) => !sameOption(option, found.option))) {
      const names = candidates.map(({ name }) => ` '--${name}'`).join('')
      return `option '--${text}' is ambiguous; possibilities:${names}`
    }
    const { name, option } = found
    if (option.argument === undefined && value !== undefined) return `option '--${name}' doesn't allow an argument`
    if (option.argument !== 'required' || value !== undefined) return { name: option.as, value }
    const next = this.#args[this.#next]
    if (next === undefined) return `option '--${name}' requires an argument`
    this.#next++
    return { name: option.as, value: next }
  }
}

function shortOptions(text: string): ReadonlyMap<string, ShortKind> {
  const options = new Map<string, ShortKind>()
  for (const [, letter = '', marks = ''] of text.matchAll(/([^:])(::|:\?|:|)/gu)) {
    options.set(letter, marks === '::' ? 'attached' : marks === ':?' ? 'next' : marks === ':' ? 'required' : 'none')
  }
  return options
}

interface NamedOption {
  readonly name: string
  readonly option: { readonly as: string; readonly argument: LongOption['argument'] }
}

/** The long option of that name, else all that begin so. */
function longCandidates(long: Readonly<Record<string, string | LongOption>>, given: string): NamedOption[] {
  const all = Object.entries(long).map(([name, option]): NamedOption => {
    const { as = name, argument }: LongOption = typeof option === 'string' ? { as: option } : option
    return { name, option: { as, argument } }
  })
  const exact = all.find(({ name }) => name === given)
  return exact === undefined ? all.filter(({ name }) => name.startsWith(given)) : [exact]
}

/** Two spellings of one option are not ambiguous. */
function sameOption(a: NamedOption['option'], b: NamedOption['option']): boolean {
  return a.as === b.as && a.argument === b.argument
}
