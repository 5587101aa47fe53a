/** The walk of find through a tree. */
import { type Process, S_IFDIR, S_IFMT } from '../../../host/index.ts'
import { strerror } from '../../../wire/errno.ts'
import { complain, type Output } from '../output.ts'
import { quote } from '../quote.ts'

import type { Expression, Test } from './expression.ts'

export class Search {
  readonly #proc: Process
  readonly #expression: Expression
  readonly #test: Test
  readonly #out: Output
  code = 0

  constructor(proc: Process, expression: Expression, test: Test, out: Output) {
    this.#proc = proc
    this.#expression = expression
    this.#test = test
    this.#out = out
  }

  async #fail(path: string, errno: number): Promise<void> {
    await this.#out.flush()
    await complain(this.#proc, `find: ${quote(path)}: ${strerror(errno)}`)
    this.code = 1
  }

  async visit(path: string, depth: number): Promise<void> {
    const { minDepth, maxDepth, depthFirst } = this.#expression
    const stat = this.#proc.lstat(path)
    if (typeof stat === 'number') return await this.#fail(path, stat)
    const look = async (): Promise<void> => {
      if (depth < minDepth) return
      const found = await this.#test({ path, stat })
      if (found && !this.#expression.acts) await this.#out.put(`${path}\n`)
    }
    this.#expression.pruned = false
    if (!depthFirst) await look()
    const goesIn = (stat.mode & S_IFMT) === S_IFDIR && depth < maxDepth && !this.#expression.pruned
    if (goesIn) {
      const entries = this.#proc.readdir(path)
      if (typeof entries === 'number') await this.#fail(path, entries)
      else
        for (const { name } of entries)
          if (name !== '.' && name !== '..')
            await this.visit(`${path.endsWith('/') ? path : `${path}/`}${name}`, depth + 1)
    }
    if (depthFirst) await look()
  }
}
