/** nstat(8) of iproute2 6.1: the host's SNMP and Linux counters, as increments since it was last asked. */
import type { Process, Program } from '../host/index.ts'
import { strerror } from '../wire/errno.ts'
import { mibNames } from '../wire/telemetry.ts'
import { parseArguments } from './args.ts'
import { complainText, writeOut } from './output.ts'

const USAGE = `Usage: nstat [OPTION] [ PATTERN [ PATTERN ] ]
   -h, --help          this message
   -a, --ignore        ignore history
   -n, --nooutput      do history only
   -r, --reset         reset history
   -s, --noupdate      don't update history
   -V, --version       output version information
   -z, --zeros         show entries with zero activity
`

const SYNTAX = {
  short: 'hanrsVz',
  long: { help: 'h', ignore: 'a', nooutput: 'n', reset: 'r', noupdate: 's', version: 'V', zeros: 'z' },
} as const

/** fnmatch(3), in any case as nstat has it. */
const matcher = (pattern: string): RegExp => {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i')
}

const historyPath = (proc: Process): string => proc.env['NSTAT_HISTORY'] ?? `/tmp/.nstat.u${proc.uid}`

/** What was there when it was last asked. */
const readHistory = (proc: Process): ReadonlyMap<string, number> => {
  const text = proc.readText(historyPath(proc))
  const known = new Map<string, number>()
  if (typeof text !== 'number')
    for (const line of text.split('\n')) {
      const [name, value] = line.split(/\s+/)
      if (name !== undefined && name !== '#kernel' && value !== undefined) known.set(name, Number(value))
    }
  return known
}

const row = (name: string, value: number): string => `${name.padEnd(32)}${String(value).padEnd(16)}   0.0\n`

export const program: Program = {
  name: 'nstat',
  async main(proc) {
    const parsed = parseArguments('nstat', proc.argv.slice(1), SYNTAX)
    const has = (name: string): boolean => parsed.options.some((option) => option.name === name)
    if (parsed.error !== undefined) {
      await complainText(proc, `${parsed.error}\n${USAGE}`)
      return 255
    }
    if (has('h')) {
      await complainText(proc, USAGE)
      return 255
    }
    if (has('V')) return (await writeOut(proc, 'nstat utility, iproute2-6.1.0\n')) ? 0 : 1
    const patterns = parsed.operands.map(matcher)
    const { mib } = proc.host.ctx.telemetry
    // nstat passes over gauges (useless_number).
    const counters = mibNames
      .map((name, i) => ({ name: name as string, value: mib[i] ?? 0 }))
      .filter(({ name }) => name !== 'TcpCurrEstab')
    const history = has('a') || has('r') ? new Map<string, number>() : readHistory(proc)
    let out = '#kernel\n'
    for (const { name, value } of counters) {
      if (patterns.length > 0 && !patterns.some((pattern) => pattern.test(name))) continue
      const increment = value - (history.get(name) ?? 0)
      if (increment !== 0 || has('z')) out += row(name, increment)
    }
    if (!has('n') && !(await writeOut(proc, out))) return 1
    if (has('s')) return 0
    const text = `#kernel\n${counters.map(({ name, value }) => row(name, value)).join('')}`
    const result = proc.writeFile(historyPath(proc), text, undefined, 0o600)
    if (result >= 0) return 0
    await complainText(proc, `nstat: open history file: ${strerror(result)}\n`)
    return 255
  },
}
