/**
 * Where a program of a virtual host is in the real file system.
 *
 * A host's own tree is in memory, and programs see the real files; so a process's working directory is real only where somebody
 * has said so. `host.spawn('node', …, { cwd })` with a directory that exists really shows it in the host's tree, under the
 * same path; a process that is in it (a shell after `cd`, too) is there really. All others are where Node itself is.
 */
import fs from 'node:fs'
import path from 'node:path'
import { cwd } from 'node:process'
import type { Host, Process } from '../../host/index.ts'
import { rootIdentity } from '../../host/index.ts'

const shown = new WeakMap<Host, Set<string>>()

/** Make a real directory visible as a place to be; false when there is no such directory. The path as it is there. */
export const showDirectory = (host: Host, directory: string): string | null => {
  const real = path.resolve(directory)
  if (!fs.statSync(real, { throwIfNoEntry: false })?.isDirectory()) return null
  const root = rootIdentity(host.files)
  let at = ''
  for (const part of real.split(path.sep).filter((name) => name !== '')) {
    at += `/${part}`
    host.files.mkdir(root, at, 0o755)
  }
  const paths = shown.get(host) ?? new Set()
  paths.add(at === '' ? '/' : at)
  shown.set(host, paths)
  return at === '' ? '/' : at
}

export const workingDirectory = (host: Host, process: Process): string => {
  for (const directory of shown.get(host) ?? [])
    if (process.cwd === directory || process.cwd.startsWith(`${directory}/`))
      if (fs.existsSync(process.cwd)) return process.cwd
  return cwd()
}
