/**
 * The programs of a virtual host, a file or folder each: what they print, their flags and their exit codes are those of
 * Debian's programs. They see a host through their process alone.
 *
 * Here are their names. The code of each comes when it first runs; the small ones are one piece.
 */
import { Code, LazyProgram, type Program, type Reporter } from '../host/index.ts'

interface Loaded {
  readonly program: Program
}

const program = (name: string, load: () => Promise<Loaded>, aliases: readonly string[] = []): LazyProgram<Loaded> =>
  new LazyProgram(name, aliases, new Code(name, load), (code) => code.program)

const core = new Code('the small programs', () => import('./core/index.ts'))
const server = new Code('http-server', () => import('./http-server/index.ts'))
const lsof = new Code('lsof', () => import('./lsof/index.ts'))
const ss = new Code('ss', () => import('./ss/index.ts'))

/** Coreutils, findutils, grep and procps. */
const CORE =
  'basename cat chmod clear cp cut date dirname echo env false find grep groups head id kill ln ls mkdir mkfifo mv ' +
  'nohup printenv printf ps pwd readlink rev rmdir rm seq sleep sort stat stty tail tee test timeout time touch tr true tty ' +
  'uname uniq uptime wc which whoami xargs yes'
const CORE_ALIASES: Readonly<Record<string, readonly string[]>> = { test: ['['], grep: ['egrep', 'fgrep'] }

const coreProgram = (name: string) =>
  new LazyProgram(name, CORE_ALIASES[name] ?? [], core, ({ CORE_PROGRAMS }) => {
    const found = CORE_PROGRAMS.find((one) => one.name === name)
    if (found === undefined) throw new Error(`invariant: ${name} is one of the small programs`)
    return found
  })

/** A program with its code to come. */
export interface ProgramToLoad extends Program {
  /** The program itself, fetched now. Rejects when its code cannot be had. */
  load(): Promise<Program>
}

export const programs: readonly ProgramToLoad[] = [
  program('bash', () => import('./sh/index.ts'), ['sh']),
  program('hostname', () => import('./hostname.ts')),
  program('sysctl', () => import('./sysctl.ts')),
  program('ip', () => import('./ip/index.ts')),
  program('ping', () => import('./ping/index.ts'), ['ping4', 'ping6']),
  new LazyProgram('ss', [], ss, (code) => code.program),
  new LazyProgram('lsof', [], lsof, (code) => code.program),
  program('tcpdump', () => import('./tcpdump/index.ts')),
  program('telnet', () => import('./telnet/index.ts')),
  program('nc', () => import('./nc/index.ts'), ['netcat']),
  program('netstat', () => import('./netstat/index.ts')),
  program('nft', () => import('./nft.ts')),
  program('nstat', () => import('./nstat.ts')),
  program('curl', () => import('./curl/index.ts')),
  new LazyProgram('http-server', [], server, (code) => code.program),
  new LazyProgram('python3', [], server, (code) => code.pythonProgram),
  ...CORE.split(' ').map(coreProgram),
]

/**
 * Fetch the code of programs now, of all unless some are named: for a page that goes offline, and before `host.lsof()` or
 * `host.ss()` where they have not run yet (under Node these two are there from the start).
 *
 * @throws RangeError for an unknown name; Error when code cannot be had
 */
export const preload = async (...names: readonly string[]): Promise<void> => {
  const wanted = names.map((name) => {
    const found = programs.find((one) => one.name === name || one.aliases?.includes(name) === true)
    if (found === undefined) throw new RangeError(`there is no program "${name}"`)
    return found
  })
  await Promise.all((names.length === 0 ? programs : wanted).map((one) => one.load()))
}

const report =
  (name: string, code: Code<{ readonly report: Reporter }>): Reporter =>
  (host, argv) => {
    if (code.loaded === null) throw new Error(`${name}: its code is not here yet: await preload('${name}') first`)
    return code.loaded.report(host, argv)
  }

/** Tools that answer at once: `host.lsof()`. */
export const reports: Readonly<Record<string, Reporter>> = { lsof: report('lsof', lsof), ss: report('ss', ss) }
