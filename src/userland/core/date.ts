import type { Program } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { dateText } from './date-format.ts'
import { parseDate } from './date-parse.ts'
import { readArguments } from './gnu.ts'
import { complain, usageError, writeOut } from './output.ts'
import { plainName, quote } from './quote.ts'

const ISO: Readonly<Record<string, string>> = {
  date: '%Y-%m-%d',
  hours: '%Y-%m-%dT%H%:z',
  minutes: '%Y-%m-%dT%H:%M%:z',
  seconds: '%Y-%m-%dT%H:%M:%S%:z',
  ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
}

export const program: Program = {
  name: 'date',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'date',
      short: 'd:I::Rr:u',
      long: {
        date: { as: 'd', argument: 'required' },
        'iso-8601': { as: 'I', argument: 'optional' },
        'rfc-email': 'R',
        reference: { as: 'r', argument: 'required' },
        utc: 'u',
        universal: 'u',
      },
      usage: ['date [OPTION]... [+FORMAT]'],
      does: 'Display the current time in the given FORMAT.',
    })
    if (typeof args === 'number') return args
    const invalid = async (date: string): Promise<number> => {
      await complain(proc, `date: invalid date ${quote(date)}`)
      return 1
    }
    const [operand, extra] = args.operands
    if (extra !== undefined) return await usageError(proc, 'date', `extra operand ${quote(extra)}`)
    if (operand !== undefined && !operand.startsWith('+')) {
      // The clock of a virtual host belongs to its network.
      if (!/^\d{8}/.test(operand)) return await invalid(operand)
      await complain(proc, `date: cannot set date: ${strerror(1)}`)
      return 1
    }
    const now = proc.tree.time
    const text = args.value('d')
    let time = text === undefined ? now : parseDate(text, now)
    if (time === null) return await invalid(text ?? '')
    const reference = args.value('r')
    if (reference !== undefined) {
      const stat = proc.stat(reference)
      if (typeof stat === 'number') {
        await complain(proc, `date: ${plainName(reference)}: ${strerror(stat)}`)
        return 1
      }
      time = stat.mtime
    }
    const iso = args.options.findLast(({ name }) => name === 'I')
    const format =
      operand?.slice(1) ??
      (args.has('R')
        ? '%a, %d %b %Y %H:%M:%S %z'
        : iso === undefined
          ? '%a %b %e %H:%M:%S %Z %Y'
          : ISO[iso.value ?? 'date'])
    if (format === undefined) {
      const valid = ['hours', 'minutes', 'date', 'seconds', 'ns'].map((each) => `\n  - ${quote(each)}`).join('')
      const what = `invalid argument ${quote(iso?.value ?? '')} for ${quote('--iso-8601')}`
      return await usageError(proc, 'date', `${what}\nValid arguments are:${valid}`)
    }
    const nanoseconds = Math.round((time - Math.floor(time / 1000) * 1000) * 1e6)
    return await writeOut(proc, 'date', `${dateText(new Date(time), format, nanoseconds)}\n`)
  },
}
