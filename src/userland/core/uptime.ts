import type { Program } from '../../host/index.ts'
import { dateText } from './date-format.ts'
import { readArguments } from './gnu.ts'
import { writeOut } from './output.ts'

const plural = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`

export const program: Program = {
  name: 'uptime',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'uptime',
      short: 'ps',
      long: { pretty: 'p', since: 's' },
      usage: ['uptime [options]'],
      does: 'Tell how long the system has been running.',
    })
    if (typeof args === 'number') return args
    const seconds = Math.floor(proc.host.clock.now / 1e9)
    const days = Math.floor(seconds / 86_400)
    const hours = Math.floor(seconds / 3600) % 24
    const minutes = Math.floor(seconds / 60) % 60
    if (args.has('s'))
      return await writeOut(proc, 'uptime', `${dateText(new Date(proc.host.ctx.epoch), '%Y-%m-%d %H:%M:%S')}\n`)
    if (args.has('p')) {
      const parts = [
        ...(days > 0 ? [plural(days, 'day')] : []),
        ...(hours > 0 ? [plural(hours, 'hour')] : []),
        ...(minutes > 0 || seconds < 3600 ? [plural(minutes, 'minute')] : []),
      ]
      return await writeOut(proc, 'uptime', `up ${parts.join(', ')}\n`)
    }
    const up = `${days > 0 ? `${plural(days, 'day')}, ` : ''}${hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}` : `${minutes} min`}`
    const terminals = new Set(proc.host.processes.list().map((each) => each.controllingTerminal))
    terminals.delete(null)
    const clock = dateText(new Date(proc.tree.time), '%H:%M:%S')
    // Nothing here loads a processor.
    return await writeOut(
      proc,
      'uptime',
      ` ${clock} up ${up},  ${plural(terminals.size, 'user')},  load average: 0.00, 0.00, 0.00\n`,
    )
  },
}
