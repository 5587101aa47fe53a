import { NO_TRACE } from '../where.ts'
import { fieldLines } from './fields.ts'
import { parseOptions } from './options.ts'
import { Information, type LsofOptions, UsageError } from './request.ts'
import { isNamed, isSelected, notFound, type Sought } from './select.ts'
import { table } from './table.ts'
import type { LsofFile, LsofProcess, LsofSource, Report } from './types.ts'
import { FIELDS, HELP, USAGE, VERSION } from './usage.ts'

/** A process with those of its files that are listed. */
export interface Found {
  readonly process: LsofProcess
  readonly files: readonly LsofFile[]
}

const TEXTS = { help: HELP, version: VERSION, fields: FIELDS } as const

/** The command line of `lsof`, or what it ends with at once. */
export const readCommandLine = (argv: readonly string[], source: LsofSource): LsofOptions | Report => {
  try {
    return parseOptions(argv, source)
  } catch (error) {
    if (error instanceof Information) return { stdout: '', stderr: TEXTS[error.kind], code: 0 }
    if (error instanceof UsageError) return { stdout: '', stderr: `lsof: ${error.message}\n${USAGE}`, code: 1 }
    throw error
  }
}

export const isReport = (result: LsofOptions | Report): result is Report => 'code' in result

/** What `lsof` prints for these options, and its exit code: 1 when something asked for was not found. */
export const reportOn = (o: LsofOptions, source: LsofSource): Report => {
  const sought: Sought[] = []
  let stderr = o.where && !source.isTraced ? `lsof: ${NO_TRACE}\n` : ''
  for (const name of o.names) {
    const path = source.resolve(name)
    const inode = source.inodeOf(path)
    if (typeof inode === 'string') stderr += `lsof: status error on ${name}: ${inode}\n`
    else sought.push({ name, path, inode })
  }
  const failed = sought.length < o.names.length
  if (failed && sought.length === 0) return { stdout: '', stderr, code: 1 }
  const found = source.processes.flatMap((process): Found[] => {
    const files = process.files.filter((file) => isSelected(process, file, o, sought))
    return files.length === 0 ? [] : [{ process, files: files.map((file) => renamed(file, sought)) }]
  })
  const missing = notFound(source, o, sought)
  if (o.verbose) stderr += missing.map((line) => `lsof: ${line}\n`).join('')
  const stdout = o.terse
    ? found.map(({ process }) => `${process.pid}\n`).join('')
    : o.fields === null
      ? table(found, o, source)
      : fieldLines(found, o, o.fields, source)
  const nothing = o.and && found.length === 0 && o.inet !== null
  return { stdout, stderr, code: failed || (!o.quiet && (missing.length > 0 || nothing)) ? 1 : 0 }
}

/** NAME is the argument as it was written. */
const renamed = (file: LsofFile, sought: readonly Sought[]): LsofFile => {
  if (file.socket !== null) return file
  const one = sought.find((s) => isNamed(file, s))
  return one === undefined ? file : { ...file, name: one.name }
}

/** What `lsof ARGV` prints on a host. */
export const lsofReport = (argv: readonly string[], source: LsofSource): Report => {
  const options = readCommandLine(argv, source)
  return isReport(options) ? options : reportOn(options, source)
}
