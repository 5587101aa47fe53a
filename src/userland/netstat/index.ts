/** netstat(8) of net-tools 2.10: sockets, routes, interfaces, statistics. Timers (-o) are refused as unknown. */
import type { Program } from '../../host/index.ts'
import { parseArguments } from '../args.ts'
import { complainText, writeOut } from '../output.ts'
import { type Has, inetTable, unixTable } from './sockets.ts'
import { statistics } from './statistics.ts'
import { interfaceTable, routeTable } from './tables.ts'

const USAGE = `usage: netstat [-n46] -r         netstat {-V|--version|-h|--help}
       netstat [-Wnaelp46] [<Socket> ...]
       netstat [-a] -i
       netstat [-tuw] -s

        -r, --route              display routing table
        -i, --interfaces         display interface table
        -s, --statistics         display networking statistics (like SNMP)

        -W, --wide               don't truncate IP addresses
        -n, --numeric            don't resolve names
        -e, --extend             display other/more information
        -p, --programs           display PID/Program name for sockets

        -l, --listening          display listening server sockets
        -a, --all                display all sockets (default: connected)

  <Socket>={-t|--tcp} {-u|--udp} {-w|--raw} {-x|--unix}
  <AF>=Use '-6|-4' or '--<af>'; default: inet
`

const SYNTAX = {
  short: '46aehilnprstuVwWx',
  long: {
    route: 'r',
    interfaces: 'i',
    statistics: 's',
    wide: 'W',
    numeric: 'n',
    extend: 'e',
    programs: 'p',
    listening: 'l',
    all: 'a',
    tcp: 't',
    udp: 'u',
    raw: 'w',
    unix: 'x',
    inet: '4',
    inet6: '6',
    version: 'V',
    help: 'h',
  },
} as const

const NOT_ALL =
  '(Not all processes could be identified, non-owned process info\n' +
  ' will not be shown, you would have to be root to see it all.)\n'

const PROTOCOLS = [
  ['t', 'tcp'],
  ['u', 'udp'],
  ['w', 'raw'],
] as const

export const program: Program = {
  name: 'netstat',
  async main(proc) {
    const { options, error } = parseArguments('netstat', proc.argv.slice(1), SYNTAX)
    const has: Has = (letter) => options.some(({ name }) => name === letter)
    if (error !== undefined || has('h')) {
      await complainText(proc, `${error === undefined ? '' : `${error}\n`}${USAGE}`)
      return error === undefined ? 0 : 3
    }
    if (has('V')) return (await writeOut(proc, 'net-tools 2.10-alpha\n')) ? 0 : 1
    if (has('i') || has('r')) {
      if (has('r')) await writeOut(proc, await routeTable(proc, has))
      if (has('i')) await writeOut(proc, interfaceTable(proc, has))
      return 0
    }
    if (has('s')) return (await writeOut(proc, statistics(proc, has))) ? 0 : 1
    const chosen = PROTOCOLS.filter(([letter]) => has(letter)).map(([, name]) => name)
    const isInet = has('4') || has('6')
    const isPlain = chosen.length === 0 && !has('x') && !isInet
    if (has('p') && !proc.privileged) await complainText(proc, NOT_ALL)
    const inet = chosen.length === 0 && (isPlain || isInet) ? PROTOCOLS.map(([, name]) => name) : chosen
    if (inet.length > 0) await writeOut(proc, await inetTable(proc, has, inet))
    if (has('x') || isPlain) await writeOut(proc, unixTable(proc, has))
    return 0
  },
}
