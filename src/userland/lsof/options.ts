import { blank, Information, type LsofOptions, UsageError } from './request.ts'
import type { LsofSource } from './types.ts'
import { attached, optional, REQUIRED, required } from './values.ts'

/** Options whose value is optional: it follows at once, or in the next word when it looks like one. */
const OPTIONAL = 'FgiorsT'
/** -b, -w and -O are about blocking kernels and warnings, of which there are none: Linux's lsof prints the same with them. */
const FLAGS = 'abhlnOPQRtUvVwM?'

export const parseOptions = (argv: readonly string[], source: LsofSource): LsofOptions => {
  const o = blank()
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string
    // lsof's getopt ends at the first name: what follows are names too, whatever they look like.
    if (word === '--' || !/^[-+]./.test(word)) {
      o.names.push(...argv.slice(word === '--' ? i + 1 : i))
      break
    }
    if (word === '--where') {
      o.where = true
      continue
    }
    i += word.startsWith('+') ? plus(o, word, argv[i + 1]) : cluster(o, word.slice(1), argv, i, source)
  }
  return o
}

/** `+c 12`, `+r`, `+w`, `+M`; how many further words it used. */
const plus = (o: LsofOptions, word: string, next: string | undefined): number => {
  const letter = word[1] as string
  const rest = word.slice(2)
  if (letter === 'w' || letter === 'M') {
    if (rest !== '') throw new UsageError(`illegal option character: ${rest[0]}`)
    return 0
  }
  if (letter === 'r') {
    const separate = rest === '' && next !== undefined && /^\d/.test(next)
    optional(o, 'r', separate ? next : rest, null, true)
    return separate ? 1 : 0
  }
  if (letter !== 'c') throw new UsageError(`illegal option character: ${letter}`)
  const value = rest === '' ? next : rest
  if (value === undefined || !/^\d+$/.test(value)) throw new UsageError('missing +c option value')
  const width = Number(value)
  o.commandWidth = width === 0 ? Number.POSITIVE_INFINITY : Math.max(width, 'COMMAND'.length)
  return rest === '' ? 1 : 0
}

/** The letters of one word; how many further words they used. */
const cluster = (o: LsofOptions, letters: string, argv: readonly string[], at: number, source: LsofSource): number => {
  for (let k = 0; k < letters.length; k++) {
    const letter = letters[k] as string
    const rest = letters.slice(k + 1)
    const next = argv[at + 1]
    if (REQUIRED.includes(letter)) {
      required(o, letter, rest !== '' ? rest : next, source)
      return rest !== '' ? 0 : 1
    }
    if (OPTIONAL.includes(letter)) {
      const value = rest !== '' ? rest : next !== undefined && attached(letter, next) ? next : ''
      optional(o, letter, value, source, false)
      return rest === '' && value !== '' ? 1 : 0
    }
    if (!FLAGS.includes(letter)) throw new UsageError(`illegal option character: ${letter}`)
    flag(o, letter)
  }
  return 0
}

const flag = (o: LsofOptions, letter: string): void => {
  if (letter === 'h' || letter === '?') throw new Information('help')
  if (letter === 'v') throw new Information('version')
  if (letter === 'a') o.and = true
  else if (letter === 'U') o.unix = true
  else if (letter === 'n') o.numericHosts = true
  else if (letter === 'P') o.numericPorts = true
  else if (letter === 'l') o.numericUsers = true
  else if (letter === 'R') o.showPpid = true
  else if (letter === 't') o.terse = true
  else if (letter === 'Q') o.quiet = true
  else if (letter === 'V') o.verbose = true
}
