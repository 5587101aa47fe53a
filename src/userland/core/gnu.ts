/** How GNU programs take options: --help, --version, and the line that points there after a mistake. */
import type { Process } from '../../host/index.ts'
import { type OptionSyntax, type ParsedOption, parseArguments } from '../args.ts'
import { tryHelp, writeOut } from './output.ts'

export interface GnuSyntax extends OptionSyntax {
  readonly name: string
  /** What follows `Usage: `, a line for each form. */
  readonly usage: readonly string[]
  /** One line that says what it does. */
  readonly does: string
  /** Exit code after a wrong option; default 1. */
  readonly code?: number
  /** After a wrong option the first form of the usage is shown too. */
  readonly remindsOfUsage?: boolean
}

export interface GnuArguments {
  readonly options: readonly ParsedOption[]
  readonly operands: readonly string[]
  has(name: string): boolean
  /** Value of the last option of that name. */
  value(name: string): string | undefined
}

/** The arguments, or the exit code with which the program is to end. */
export const readArguments = async (proc: Process, syntax: GnuSyntax): Promise<GnuArguments | number> => {
  const { name, usage, does, code = 1 } = syntax
  const parsed = parseArguments(name, proc.argv.slice(1), {
    ...syntax,
    long: { ...syntax.long, help: 'help', version: 'version' },
  })
  for (const option of parsed.options) {
    if (option.name === 'help')
      return await writeOut(proc, name, `Usage: ${usage.join('\n  or:  ')}\n${does}\n\n${optionText(syntax)}`)
    if (option.name === 'version') return await writeOut(proc, name, `${name} (soquete)\n`)
  }
  if (parsed.error !== undefined) {
    const reminder = syntax.remindsOfUsage === true ? `\nUsage: ${usage[0]}` : ''
    return await tryHelp(proc, name, parsed.error + reminder, code)
  }
  const { options, operands } = parsed
  return {
    options,
    operands,
    has: (wanted) => options.some((option) => option.name === wanted),
    value: (wanted) => options.findLast((option) => option.name === wanted)?.value,
  }
}

/** `-a, --all` and so on: what this program knows. */
const optionText = ({ short, long = {} }: GnuSyntax): string => {
  const lines: string[] = []
  const names = Object.entries(long).map(([name, option]) => ({
    name,
    as: typeof option === 'string' ? option : (option.as ?? name),
    value: typeof option !== 'string' && option.argument !== undefined,
  }))
  for (const [, letter = '', marks = ''] of short.matchAll(/([^:])(:{0,2})/gu)) {
    const same = names.filter((each) => each.as === letter).map((each) => `--${each.name}`)
    lines.push(`  ${[`-${letter}`, ...same].join(', ')}${marks === '' ? '' : ' VALUE'}`)
  }
  for (const { name, as, value } of names) if (as.length > 1) lines.push(`      --${name}${value ? '=VALUE' : ''}`)
  lines.push('      --help', '      --version')
  return `${lines.join('\n')}\n`
}

/** `5`, `1K`, `2M`: a count with GNU's suffixes; null for anything else. */
export const parseCount = (text: string): number | null => {
  const match = /^(\d+)(b|kB|K|KiB|MB|M|MiB|GB|G|GiB)?$/.exec(text)
  if (match === null) return null
  const unit: Readonly<Record<string, number>> = {
    b: 512,
    kB: 1000,
    K: 1024,
    KiB: 1024,
    MB: 1e6,
    M: 1 << 20,
    MiB: 1 << 20,
    GB: 1e9,
    G: 1 << 30,
    GiB: 1 << 30,
  }
  return Number(match[1]) * (match[2] === undefined ? 1 : (unit[match[2]] ?? 1))
}
