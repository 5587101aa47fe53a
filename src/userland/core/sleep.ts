import type { Process, Program } from '../../host/index.ts'
import { readArguments } from './gnu.ts'
import { complain, usageError } from './output.ts'
import { quote } from './quote.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** `1.5`, `2m`, `inf`: seconds; null for what is none. */
export const parseDuration = (text: string): number | null => {
  if (/^inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY
  const match = /^((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([smhd]?)$/.exec(text)
  return match === null ? null : Number(match[1]) * (UNITS[match[2] as string] as number)
}

/** Sleep through handled signals. */
const sleepSeconds = async (proc: Process, seconds: number): Promise<void> => {
  let left = Math.min(seconds, 1e9) * 1000
  while (left > 0) left = await proc.promises.sleep(left)
}

export const program: Program = {
  name: 'sleep',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'sleep',
      short: '',
      usage: ['sleep NUMBER[SUFFIX]...'],
      does: 'Pause for NUMBER seconds. SUFFIX is s, m, h or d.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'sleep', 'missing operand')
    let seconds = 0
    let wrong = false
    for (const text of args.operands) {
      const each = parseDuration(text)
      if (each === null) {
        await complain(proc, `sleep: invalid time interval ${quote(text)}`)
        wrong = true
      } else seconds += each
    }
    if (wrong) {
      await complain(proc, "Try 'sleep --help' for more information.")
      return 1
    }
    await sleepSeconds(proc, seconds)
    return 0
  },
}
