/** Commands in backquotes. There is no shell: those that prepare a machine for scripts are known by name, any other is refused. */
import type { Host } from '../../host/index.ts'
import { refused } from '../failure.ts'
import { LINUX_PROFILE, setSysctl } from './sysctls.ts'

/** Words of one command: white space parts them, quotes keep it. */
const words = (text: string): string[] =>
  (text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replaceAll(/["']/g, ''))

const withoutComment = (line: string): string => line.replace(/(^|\s)#.*$/, '$1')

/**
 * Run what is in one pair of backquotes.
 *
 * @throws ScriptError for a command that is not known here
 */
export const runCommands = (host: Host, text: string, line: number): void => {
  const lines = text.replaceAll('\\\n', ' \r').split('\n')
  let at = line
  for (const one of lines) {
    for (const command of withoutComment(one.replaceAll('\r', ' ')).split(/;|&&/)) runCommand(host, command, at)
    at += 1 + (one.match(/\r/g) ?? []).length
  }
}

const runCommand = (host: Host, text: string, line: number): void => {
  const [command = '', ...args] = words(text)
  const program = command.slice(command.lastIndexOf('/') + 1)
  // What puts a real machine back as it was: every script has a machine of its own.
  if (program === '' || program.startsWith('sysctl_restore_')) return
  const run = programs[program]
  if (run === undefined || !run(host, args, line))
    throw refused(line, `the command "${text.trim()}" is not known here (a script has no shell)`)
}

const programs: Readonly<Record<string, (host: Host, args: readonly string[], line: number) => boolean>> = {
  'defaults.sh': (host, _args, line) => {
    for (const [name, value] of Object.entries(LINUX_PROFILE)) setSysctl(host, name, value, line)
    return true
  },
  'set_sysctls.py': (host, args, line) => {
    assignments(host, args, line, (path) => path.replace(/^\/proc\/sys\//, '').replaceAll('/', '.'))
    return true
  },
  sysctl: (host, args, line) => {
    const settings = args.filter((word) => word !== '-q' && word !== '-w' && word !== '-qw' && word !== '-wq')
    if (settings.length === 0 || settings.some((word) => word.startsWith('-'))) return false
    assignments(host, settings, line, (name) => name)
    return true
  },
  // Segments of one MSS are what leaves here, and what comes is never put together.
  ethtool: (_host, args) => {
    const [flag, , ...features] = args
    if (flag !== '-K' || features.length === 0) return false
    return features.every((word, i) => (i % 2 === 0 ? /^(?:tso|gso|gro|lro)$/.test(word) : word === 'off'))
  },
  // No metrics of earlier connections are kept.
  ip: (_host, args) => args[0] === 'tcp_metrics' && args[1] === 'flush',
}

const assignments = (host: Host, args: readonly string[], line: number, nameOf: (left: string) => string): void => {
  for (const word of args) {
    const equals = word.indexOf('=')
    if (equals < 1) throw refused(line, `"${word}" is not name=value`)
    setSysctl(host, nameOf(word.slice(0, equals)), word.slice(equals + 1), line)
  }
}
