/**
 * lsof(8) 4.95: which process holds which file, above all which port.
 *
 * `sourceOf` reads the host, `options` and `values` the command line, `select` decides, `table` and `fields` print. Left out, and
 * refused as unknown: what concerns disks, tasks and endpoints (`+D`, `+L`, `-K`, `-N`, `-E`, `-X`, `-x`).
 */
import type { Program, Reporter } from '../../host/index.ts'
import { complainText, writeOut } from '../output.ts'
import { isReport, lsofReport, readCommandLine, reportOn } from './report.ts'
import { sourceOf } from './source.ts'

export { lsofReport } from './report.ts'
export type { LsofFile, LsofProcess, LsofSource, Report } from './types.ts'

/** `host.lsof()`: seen by root. */
export const report: Reporter = (host, argv) => lsofReport(argv, sourceOf(host.init))

export const program: Program = {
  name: 'lsof',
  async main(proc) {
    const options = readCommandLine(proc.argv.slice(1), sourceOf(proc))
    if (isReport(options)) {
      await complainText(proc, options.stderr)
      return options.code
    }
    for (;;) {
      const { stdout, stderr, code } = reportOn(options, sourceOf(proc))
      await complainText(proc, stderr)
      const { repeat } = options
      if (repeat === null) return (await writeOut(proc, stdout)) ? code : 1
      if (repeat.untilNone && stdout === '') return code
      if (!(await writeOut(proc, `${stdout}${options.fields === null ? '=======' : 'm'}\n`))) return 1
      await proc.promises.sleep(repeat.seconds * 1000)
    }
  },
}
