/** sysctl(8) of procps-ng 4: kernel settings by name, read and written. */
import type { Process, Program } from '../host/index.ts'
import { EACCES, strerror } from '../wire/errno.ts'
import { parseArguments } from './args.ts'
import { complainText, writeOut } from './output.ts'

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
  -b, --binary         print value without new line
      --dry-run        Print the key and values but do not write
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`

const SYNTAX = {
  short: 'aAXbeNnr:qwhV',
  long: {
    all: 'a',
    binary: 'b',
    'dry-run': 'dry',
    ignore: 'e',
    names: 'N',
    values: 'n',
    pattern: { as: 'r', argument: 'required' },
    quiet: 'q',
    write: 'w',
    help: 'h',
    version: 'V',
  },
} as const

class Run {
  out = ''
  err = ''
  code = 0
  readonly #proc: Process
  readonly #has: (name: string) => boolean
  readonly #pattern: RegExp | null

  constructor(proc: Process, has: (name: string) => boolean, pattern: RegExp | null) {
    this.#proc = proc
    this.#has = has
    this.#pattern = pattern
  }

  #complain(text: string): void {
    this.err += `sysctl: ${text}\n`
    this.code = 1
  }

  #print(name: string, value: string): void {
    if (this.#has('N')) this.out += `${name}\n`
    else if (this.#has('b')) this.out += value
    else this.out += this.#has('n') ? `${value}\n` : `${name} = ${value}\n`
  }

  #unknown(name: string): void {
    if (!this.#has('e')) this.#complain(`cannot stat /proc/sys/${name.replaceAll('.', '/')}: No such file or directory`)
  }

  /** A setting, or all below a directory of settings. */
  read(word: string): void {
    const { sysctl } = this.#proc.host
    const name = dotted(word)
    const value = sysctl.get(name)
    const below = typeof value === 'number' ? sysctl.list().filter((one) => one.startsWith(`${name}.`)) : [name]
    if (below.length === 0) this.#unknown(name)
    for (const one of below) {
      const text = sysctl.get(one)
      if (typeof text === 'string' && (this.#pattern === null || this.#pattern.test(one))) this.#print(one, text)
    }
  }

  write(word: string): void {
    const equals = word.indexOf('=')
    if (equals <= 0) {
      this.#complain('command line(0): invalid syntax, continuing...')
      return
    }
    const name = dotted(word.slice(0, equals).trim())
    const value = word.slice(equals + 1).trim()
    const { sysctl } = this.#proc.host
    if (!sysctl.has(name)) {
      this.#unknown(name)
      return
    }
    const error = this.#has('dry') ? 0 : this.#proc.privileged ? sysctl.set(name, value) : -EACCES
    if (error === -EACCES) this.#complain(`permission denied on key "${name}"`)
    else if (error < 0) this.#complain(`setting key "${name}": ${strerror(error)}`)
    else if (!this.#has('q')) this.#print(name, value)
  }

  all(): void {
    const { sysctl } = this.#proc.host
    for (const name of sysctl.list()) this.read(name)
  }
}

/** With a slash first among the separators, dots are part of a name (sysctl(8)); no name here has one. */
const dotted = (word: string): string => word.replaceAll('/', '.')

const patternOf = (text: string | undefined): RegExp | null => {
  try {
    return text === undefined ? null : new RegExp(text)
  } catch {
    return null
  }
}

export const program: Program = {
  name: 'sysctl',
  async main(proc) {
    const { options, operands, error } = parseArguments('sysctl', proc.argv.slice(1), SYNTAX)
    const has = (name: string): boolean => options.some((option) => option.name === name)
    if (error !== undefined) {
      await complainText(proc, `${error}\n${USAGE}`)
      return 1
    }
    if (has('h')) return (await writeOut(proc, USAGE)) ? 0 : 1
    if (has('V')) return (await writeOut(proc, 'sysctl from procps-ng 4.0.2\n')) ? 0 : 1
    const text = options.findLast((option) => option.name === 'r')?.value
    const pattern = patternOf(text)
    if (text !== undefined && pattern === null) {
      await complainText(proc, `sysctl: invalid regular expression: ${text}\n`)
      return 1
    }
    const run = new Run(proc, has, pattern)
    const isAll = has('a') || has('A') || has('X')
    if (isAll) run.all()
    else if (operands.length === 0) {
      await complainText(proc, "sysctl: no variables specified\nTry `sysctl --help' for more information.\n")
      return 1
    }
    for (const word of isAll ? [] : operands) {
      if (has('w') || word.includes('=')) run.write(word)
      else run.read(word)
    }
    await writeOut(proc, run.out)
    await complainText(proc, run.err)
    return run.code
  },
}
