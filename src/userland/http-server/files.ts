/** The tree below a directory, seen with the permissions of the process that serves it. */
import { type Process, S_IFDIR, S_IFMT, S_IFREG } from '../../host/index.ts'
import type { ListingEntry } from './pages.ts'
import type { OpenResource, Site } from './site.ts'

export class DirectorySite implements Site {
  readonly #process: Process
  readonly #root: string

  constructor(process: Process, directory: string) {
    this.#process = process
    this.#root = directory.replace(/\/+$/, '')
  }

  get now(): number {
    return this.#process.tree.time
  }

  #type(path: string): number {
    const stat = this.#process.stat(path)
    return typeof stat === 'number' ? 0 : stat.mode & S_IFMT
  }

  /** Devices, FIFOs and sockets are not served: reading one could wait for ever. */
  kindOf(path: string): 'file' | 'directory' | 'none' {
    const type = this.#type(this.#root + path)
    return type === S_IFDIR ? 'directory' : type === S_IFREG ? 'file' : 'none'
  }

  open(path: string): OpenResource | null {
    const process = this.#process
    const fd = process.open(this.#root + path)
    if (fd < 0) return null
    const stat = process.fstat(fd)
    if (typeof stat === 'number') {
      process.close(fd)
      return null
    }
    return {
      size: stat.size,
      mtime: stat.mtime,
      inode: stat.ino,
      read: (position, buf) => process.pread(fd, buf, position),
      close: () => {
        process.close(fd)
      },
    }
  }

  list(path: string): readonly ListingEntry[] | null {
    const directory = this.#root + path
    const entries = this.#process.readdir(directory)
    if (typeof entries === 'number') return null
    return entries
      .filter(({ name }) => name !== '.' && name !== '..')
      .map(({ name, type }) => ({
        name,
        isDirectory: this.#type(`${directory}/${name}`) === S_IFDIR,
        isLink: type === 'symlink',
      }))
  }
}
