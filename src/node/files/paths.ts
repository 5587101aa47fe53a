/** Where a program's path of a Unix socket lies on its host. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Process } from '../../host/index.ts'

/** The path as the host knows it: absolute. Abstract names stay as they are. */
export const virtualPath = (name: string): string => (name.startsWith('\0') ? name : resolve(name))

/**
 * Programs bind sockets in directories that they know (or make) on the real system: such a directory is there on the host, too,
 * once a socket wants to lie in it.
 */
export const mirrorDirectory = (process: Process, path: string): void => {
  if (path.startsWith('\0')) return
  const directory = dirname(path)
  if (typeof process.stat(directory) !== 'number' || !existsSync(directory)) return
  const parts = directory.split('/').filter((part) => part !== '')
  for (let i = 1; i <= parts.length; i++) process.mkdir(`/${parts.slice(0, i).join('/')}`, 0o777)
}
