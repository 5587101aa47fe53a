/**
 * lsof(8) 4.95: which process holds which file, above all which port.
 *
 * `sourceOf` reads the host, `options` and `values` the command line, `select` decides, `table` and `fields` print. Left out, and
 * refused as unknown: what concerns disks, tasks and endpoints (`+D`, `+L`, `-K`, `-N`, `-E`, `-X`, `-x`).
 */
import type { Process, Program } from '../../host/index.ts'
import { complainText, writeOut } from '../output.ts'
import { isReport, lsofReport, readCommandLine, report } from './report.ts'
import { sourceOf } from './source.ts'

export { lsofReport } from './report.ts'
export type { LsofFile, LsofProcess, LsofSource, Report } from './types.ts'

/** `host.lsof({ i: '4:8080', n: true, P: true })`: options by lsof's letters. */
export interface LsofRequest {
  /** `[46][tcp|udp][@host][:ports]`; true: any. */
  readonly i?: string | readonly string[] | true
  /** Process ids; `'^12'` excludes. */
  readonly p?: number | string
  /** Command prefix, or `/regex/`. */
  readonly c?: string
  readonly u?: string | number
  /** Descriptors: `'0-5,cwd'`. */
  readonly d?: string
  /** `'TCP:LISTEN'`. */
  readonly s?: string
  readonly F?: string
  readonly T?: string
  readonly n?: boolean
  readonly P?: boolean
  readonly a?: boolean
  readonly t?: boolean
  readonly U?: boolean
  readonly R?: boolean
  readonly g?: boolean
  readonly l?: boolean
  /** Paths. */
  readonly names?: readonly string[]
}

const FLAGS = ['n', 'P', 'a', 't', 'U', 'R', 'g', 'l'] as const
const VALUES = ['p', 'c', 'u', 'd', 's', 'F', 'T'] as const

/** The words of a command line for such a request. */
export const lsofArguments = (request: LsofRequest): string[] => {
  const words: string[] = FLAGS.filter((letter) => request[letter] === true).map((letter) => `-${letter}`)
  for (const letter of VALUES) if (request[letter] !== undefined) words.push(`-${letter}${request[letter]}`)
  const { i } = request
  if (i === true) words.push('-i')
  else if (i !== undefined) words.push(...(typeof i === 'string' ? [i] : i).map((spec) => `-i${spec}`))
  return [...words, '--', ...(request.names ?? [])]
}

/**
 * What lsof prints, as text, seen by `viewer`. Throws a RangeError for options that lsof refuses.
 */
export const lsof = (viewer: Process, request: LsofRequest = {}): string => {
  const { stdout, stderr } = lsofReport(lsofArguments(request), sourceOf(viewer))
  if (stderr !== '') throw new RangeError(stderr.split('\n')[0])
  return stdout
}

export const program: Program = {
  name: 'lsof',
  async main(proc) {
    const options = readCommandLine(proc.argv.slice(1), sourceOf(proc))
    if (isReport(options)) {
      await complainText(proc, options.stderr)
      return options.code
    }
    for (;;) {
      const { stdout, stderr, code } = report(options, sourceOf(proc))
      await complainText(proc, stderr)
      const { repeat } = options
      if (repeat === null) return (await writeOut(proc, stdout)) ? code : 1
      if (repeat.untilNone && stdout === '') return code
      if (!(await writeOut(proc, `${stdout}${options.fields === null ? '=======' : 'm'}\n`))) return 1
      await proc.promises.sleep(repeat.seconds * 1000)
    }
  },
}
