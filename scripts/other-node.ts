/** Other versions of Node than the project's: the binary of the registry's `node` package, kept in .cache. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The oldest Node that package.json promises, `20.19.0`. */
export const oldestNode = (): string => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
  const parts = /^>=(\d+)\.(\d+)(?:\.(\d+))?$/.exec(engines.node)
  if (parts === null) throw new Error(`package.json: engines.node is "${engines.node}", not ">=MAJOR.MINOR"`)
  return `${parts[1]}.${parts[2]}.${parts[3] ?? 0}`
}

/** Path of the binary of that version or major, installed on the first call. */
const install = (wanted: string): string => {
  const folder = resolve('.cache', 'node', wanted)
  const binary = join(folder, 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
    const args = ['install', '--no-save', '--no-package-lock', `node@${wanted}`]
    const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0 || !existsSync(binary)) throw new Error(`Node ${wanted} could not be installed`)
  }
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (stdout.trim() !== `v${wanted}` && !stdout.startsWith(`v${wanted}.`))
    throw new Error(`${binary} says ${stdout.trim()} and not v${wanted}`)
  return binary
}

/** Path of that version's binary. */
export const nodeBinary = (version: string): string => install(version)

/** Path of the binary of that major's newest version; the project's own Node where it is of that major. */
export const nodeOfMajor = (major: number): string =>
  process.version.startsWith(`v${major}.`) ? process.execPath : install(String(major))
