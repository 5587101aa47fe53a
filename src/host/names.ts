/** What the resolver sees of the host: files, chance, time, and which families have addresses. */
import type { Random } from '../time/random.ts'
import type { Clock } from '../time/scheduler.ts'
import type { FileTree, Identity } from './files/index.ts'
import type { AddressOrder, ResolverContext } from './resolver/index.ts'

export class HostNames implements ResolverContext, AddressOrder {
  readonly random: Random
  readonly #clock: Clock
  readonly #files: FileTree
  readonly #root: Identity
  /** Set by the host once it has an IP layer. */
  isConfigured: (family: 4 | 6) => boolean = () => false

  constructor(clock: Clock, random: Random, files: FileTree) {
    this.#clock = clock
    this.random = random
    this.#files = files
    this.#root = rootIdentity(files)
  }

  /** Text of a file, read as root reads it; null when there is none. */
  file(path: string): string | null {
    const inode = this.#files.find(this.#root, path)
    if (typeof inode === 'number' || inode.kind !== 'file') return null
    const content = inode.generate === null ? inode.content : inode.generate(this.#root)
    const buf = new Uint8Array(Math.max(content.size, 4096))
    return new TextDecoder().decode(buf.subarray(0, content.read(0, buf, 0, buf.length)))
  }

  now(): number {
    return this.#clock.now
  }

  configured(family: 4 | 6): boolean {
    return this.isConfigured(family)
  }
}

/** Root at `/`, for what the host itself does with its files. */
export const rootIdentity = (files: FileTree): Identity => ({
  pid: 0,
  uid: 0,
  gid: 0,
  groups: [],
  umask: 0o022,
  cwdInode: files.root,
})
