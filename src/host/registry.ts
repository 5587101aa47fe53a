/** The programs that a host can run, by name. Empty on this floor: roofs register theirs. Each has its entry in /usr/bin. */
import type { FileTree } from './files/index.ts'
import { rootIdentity } from './names.ts'
import type { Program } from './process/process-host.ts'

export class Programs {
  readonly #files: FileTree
  readonly #byName = new Map<string, Program>()

  constructor(files: FileTree) {
    this.#files = files
  }

  /** Make it runnable under its name and aliases, as /usr/bin/<name>. A later one of the same name replaces it. */
  register(program: Program): void {
    for (const name of [program.name, ...(program.aliases ?? [])]) {
      this.#byName.set(name, program)
      const root = rootIdentity(this.#files)
      const path = `/usr/bin/${name}`
      const old = this.#files.find(root, path)
      if (typeof old !== 'number' && old.kind === 'file') old.program = name
      else {
        const inode = this.#files.openInode(root, path, true, false, false, 0o755)
        if (typeof inode === 'number' || inode.kind !== 'file')
          throw new Error(`invariant: ${path} can be made by root`)
        inode.program = name
        inode.mode = 0o755
      }
    }
  }

  get(name: string): Program | undefined {
    return this.#byName.get(name)
  }

  names(): string[] {
    return [...this.#byName.keys()]
  }
}
