/**
 * Built-ins that ask the real process where it is, who runs it or how it was called: of one program they ask its own process.
 */
import os from 'node:os'
import path from 'node:path'
import url from 'node:url'
import util from 'node:util'
import type { Exports } from './facade.ts'
import type { NodeProgram } from './program.ts'

/** The module with some of its exports replaced. */
const withOverrides = (original: object, overrides: Exports): Exports => {
  const made = Object.defineProperties({}, Object.getOwnPropertyDescriptors(original)) as Exports
  return Object.assign(made, overrides)
}

/** `path` of this system: relative paths begin at the process's directory. */
export const makePath = (program: NodeProgram): Exports => {
  const resolve = (...parts: string[]): string => path.resolve(program.cwd, ...parts)
  const relative = (from: string, to: string): string => path.relative(resolve(from), resolve(to))
  const made = withOverrides(path, { resolve, relative })
  made[path.sep === '/' ? 'posix' : 'win32'] = made
  return made
}

export const makeUrl = (program: NodeProgram): Exports => {
  const pathToFileURL = (file: string, options?: object): URL => {
    if (typeof file !== 'string' || path.isAbsolute(file)) return url.pathToFileURL(file, options)
    const resolved = path.resolve(program.cwd, file)
    // As Node's own: a slash at the end stays.
    return url.pathToFileURL(/[\\/]$/.test(file) ? `${resolved}/` : resolved, options)
  }
  return withOverrides(url, { pathToFileURL })
}

export const makeUtil = (program: NodeProgram): Exports => {
  const isCode = program.execArgv.some((argument) => /^(-e|--eval|-p|--print|-pe)(=|$)/.test(argument))
  const parseArgs = (config: Parameters<typeof util.parseArgs>[0] = {}): unknown =>
    util.parseArgs({
      ...config,
      args: config.args ?? (program.object as unknown as { argv: string[] }).argv.slice(isCode ? 1 : 2),
    })
  return withOverrides(util, { parseArgs })
}

export const makeOs = (program: NodeProgram): Exports => {
  const { process: host } = program
  const user = () => host.host.users.byUid(host.uid)
  return withOverrides(os, {
    homedir: () => host.env['HOME'] ?? user()?.home ?? os.homedir(),
    tmpdir: () => (host.env['TMPDIR'] ?? host.env['TMP'] ?? host.env['TEMP'] ?? '/tmp').replace(/(?<=.)\/$/, ''),
    userInfo: (options?: { readonly encoding?: string }) => ({
      ...os.userInfo(options as { encoding: 'utf8' }),
      uid: host.uid,
      gid: host.gid,
      username: user()?.name ?? String(host.uid),
      homedir: user()?.home ?? '/',
      shell: user()?.shell ?? null,
    }),
  })
}
