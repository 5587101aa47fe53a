/** kill(1) of procps: what `env kill` and `/bin/kill` run; a shell has its own. */
import { type Program, parseSignal, Signal, signalName } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { complain, writeOut, writeTo } from './output.ts'

const USAGE = `
Usage:
 kill [options] <pid> [...]

Options:
 <pid> [...]            send signal to every <pid> listed
 -<signal>, -s, --signal <signal>
                        specify the <signal> to be sent
 -l, --list=[<signal>]  list all signal names, or convert one to a name
 -L, --table            list all signal names in a nice table

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see kill(1).
`

/** procps knows SIGIO as POLL. */
const shortName = (signal: number): string => (signal === Signal.SIGIO ? 'POLL' : (signalName(signal) ?? '').slice(3))

const list = (): string => {
  const names = Array.from({ length: 31 }, (_, i) => shortName(i + 1))
  return `${names.slice(0, 16).join(' ')}\n${names.slice(16).join(' ')}\n`
}

const table = (): string => {
  let text = ''
  for (let signal = 1; signal <= 31; signal++) {
    const cell = `${String(signal).padStart(2)} ${shortName(signal)}`
    text += signal % 7 === 0 || signal === 31 ? `${cell}\n` : cell.padEnd(11)
  }
  return text
}

export const program: Program = {
  name: 'kill',
  async main(proc) {
    const args = [...proc.argv.slice(1)]
    const name = proc.argv[0] ?? 'kill'
    const usage = async (fd: number, code: number): Promise<number> => {
      await writeTo(proc, fd, new TextEncoder().encode(USAGE))
      return code
    }
    const [first] = args
    if (first === undefined) return await usage(2, 1)
    if (first === '-h' || first === '--help') return await usage(1, 0)
    if (first === '-V' || first === '--version') return await writeOut(proc, 'kill', 'kill from soquete\n')
    if (first === '-L' || first === '--table') return await writeOut(proc, 'kill', table())
    if (/^(-l|--list)/.test(first)) {
      const wanted = /^--list=(.*)/.exec(first)?.[1] ?? args[1]
      if (wanted === undefined) return await writeOut(proc, 'kill', list())
      const signal = parseSignal(wanted)
      if (signal === null) {
        await complain(proc, `${name}: unknown signal name ${wanted}`)
        return 1
      }
      return await writeOut(proc, 'kill', /^\d/.test(wanted) ? `${shortName(signal)}\n` : `${signal}\n`)
    }
    let signal: number | null = Signal.SIGTERM
    if (/^-./.test(first) && first !== '--') {
      args.shift()
      const spec = first === '-s' || first === '--signal' ? args.shift() : first.replace(/^--signal=|^-s?/, '')
      signal = parseSignal(spec ?? '')
      if (signal === null) {
        await complain(proc, `${name}: invalid argument ${(spec ?? '').charAt(0)}`)
        return await usage(2, 1)
      }
    }
    if (args[0] === '--') args.shift()
    if (args.length === 0) return await usage(2, 1)
    let code = 0
    for (const target of args) {
      if (!/^-?\d+$/.test(target)) {
        await complain(proc, `${name}: failed to parse argument: '${target}'`)
        code = 1
        continue
      }
      const error = proc.kill(Number(target), signal)
      if (error >= 0) continue
      await complain(proc, `${name}: (${target}): ${strerror(error)}`)
      code = 1
    }
    return code
  },
}
