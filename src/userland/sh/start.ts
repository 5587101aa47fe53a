/** A new shell's variables. */
import type { Process } from '../../host/index.ts'
import type { Shell } from './shell.ts'

const VERSION = '5.2.15(1)-release'

export const initialise = (shell: Shell): void => {
  const { process, variables } = shell
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) continue
    variables.set(name, value).exported = true
  }
  const own: Readonly<Record<string, string>> = {
    IFS: ' \t\n',
    PS4: '+ ',
    OPTIND: '1',
    HOSTNAME: process.host.hostname,
    BASH_VERSION: VERSION,
    HOSTTYPE: 'x86_64',
    OSTYPE: 'linux-gnu',
    MACHTYPE: 'x86_64-pc-linux-gnu',
  }
  for (const [name, value] of Object.entries(own)) variables.set(name, value)
  if (variables.get('PATH') === undefined)
    variables.set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
  const level = Number(variables.get('SHLVL') ?? '0')
  variables.set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1)).exported = true
  setDirectory(shell)
  for (const [name, value] of [
    ['UID', process.uid],
    ['EUID', process.uid],
    ['PPID', process.ppid],
  ] as const) {
    const variable = variables.set(name, String(value))
    variable.readonly = true
  }
  defineDynamic(shell)
}

/** PWD is kept from the environment while it says where we are. */
const setDirectory = ({ process, variables }: Shell): void => {
  const given = variables.get('PWD')
  const same = given?.startsWith('/') === true && sameDirectory(process, given)
  variables.set('PWD', same ? given : process.cwd).exported = true
}

const sameDirectory = (process: Process, path: string): boolean => {
  const [here, there] = [process.stat('.'), process.stat(path)]
  return typeof here !== 'number' && typeof there !== 'number' && here.ino === there.ino && here.dev === there.dev
}

/** Variables that are computed; a subshell has its own. */
export const defineDynamic = (shell: Shell): void => {
  const { variables } = shell
  let startTime = shell.startTime
  const seconds = (): number => Math.floor((shell.process.host.clock.now - startTime) / 1e9)
  variables.define('SECONDS', {
    get: () => String(seconds()),
    set: (value) => (startTime = shell.process.host.clock.now - (Number.parseInt(value, 10) || 0) * 1e9),
  })
  const random = shell.process.host.ctx.random.stream(`sh:${shell.process.pid}`)
  variables.define('RANDOM', { get: () => String(random.below(32_768)), set: () => undefined })
  variables.define('LINENO', { get: () => String(shell.line), set: () => undefined })
  variables.define('EPOCHSECONDS', { get: () => String(Math.floor(shell.now)), set: () => undefined })
  variables.define('EPOCHREALTIME', { get: () => shell.now.toFixed(6), set: () => undefined })
  variables.define('BASHPID', { get: () => String(shell.process.pid), set: () => undefined })
}
