/** rmdir and rm. */
import { type Process, type Program, S_IFDIR, S_IFMT } from '../../host/index.ts'
import { EISDIR, ENOENT, strerror } from '../../wire/errno.ts'
import { each } from './files.ts'
import { readArguments } from './gnu.ts'
import { complain, usageError, writeOut } from './output.ts'
import { quoteName } from './quote.ts'
import { baseOf, directoryOf } from './simple.ts'

export const rmdirProgram: Program = {
  name: 'rmdir',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'rmdir',
      short: 'pv',
      long: { parents: 'p', verbose: 'v' },
      usage: ['rmdir [OPTION]... DIRECTORY...'],
      does: 'Remove the DIRECTORY(ies), if they are empty.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'rmdir', 'missing operand')
    return await each(proc, 'rmdir', args.operands, async (operand) => {
      for (let path = operand; path !== '.' && path !== '/'; path = directoryOf(path)) {
        if (args.has('v')) await writeOut(proc, 'rmdir', `rmdir: removing directory, ${quoteName(path)}\n`)
        const error = proc.rmdir(path)
        if (error < 0) return `failed to remove ${quoteName(path)}: ${strerror(error)}`
        if (!args.has('p')) break
      }
      return null
    })
  },
}

export const rmProgram: Program = {
  name: 'rm',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'rm',
      short: 'dfirRv',
      long: { dir: 'd', force: 'f', recursive: 'r', verbose: 'v' },
      usage: ['rm [OPTION]... [FILE]...'],
      does: 'Remove (unlink) the FILE(s).',
    })
    if (typeof args === 'number') return args
    const force = args.has('f')
    if (args.operands.length === 0) return force ? 0 : await usageError(proc, 'rm', 'missing operand')
    const asks = args.options.findLast(({ name }) => name === 'f' || name === 'i')?.name === 'i'
    const remover = new Remover(proc, {
      force,
      recursive: args.has('r') || args.has('R'),
      directories: args.has('d'),
      verbose: args.has('v'),
      asks,
    })
    for (const path of args.operands) await remover.removeOperand(path)
    return remover.code
  },
}

interface RemoveOptions {
  readonly force: boolean
  readonly recursive: boolean
  readonly directories: boolean
  readonly verbose: boolean
  readonly asks: boolean
}

class Remover {
  readonly #proc: Process
  readonly #options: RemoveOptions
  code = 0

  constructor(proc: Process, options: RemoveOptions) {
    this.#proc = proc
    this.#options = options
  }

  async removeOperand(path: string): Promise<void> {
    const base = baseOf(path)
    if (this.#options.recursive && (base === '.' || base === '..'))
      return await this.#complain(`refusing to remove '.' or '..' directory: skipping ${quoteName(path)}`)
    if (this.#options.recursive && this.#proc.absolute(path) === '/') {
      await this.#complain("it is dangerous to operate recursively on '/'")
      return await this.#complain('use --no-preserve-root to override this failsafe')
    }
    await this.remove(path)
  }

  async #complain(message: string): Promise<void> {
    await complain(this.#proc, `rm: ${message}`)
    this.code = 1
  }

  async remove(path: string): Promise<void> {
    const proc = this.#proc
    const { force, recursive, directories, verbose } = this.#options
    const stat = proc.lstat(path)
    if (typeof stat === 'number') {
      if (!(force && stat === -ENOENT)) await this.#complain(`cannot remove ${quoteName(path)}: ${strerror(stat)}`)
      return
    }
    const directory = (stat.mode & S_IFMT) === S_IFDIR
    if (directory && !recursive && !directories)
      return await this.#complain(`cannot remove ${quoteName(path)}: ${strerror(EISDIR)}`)
    if (!(await this.#agreed(path, directory))) return
    if (directory && recursive) {
      const entries = proc.readdir(path)
      if (typeof entries !== 'number')
        for (const { name } of entries)
          if (name !== '.' && name !== '..') await this.remove(`${path.replace(/\/+$/, '')}/${name}`)
    }
    const error = directory ? proc.rmdir(path) : proc.unlink(path)
    if (error < 0) await this.#complain(`cannot remove ${quoteName(path)}: ${strerror(error)}`)
    else if (verbose) await writeOut(proc, 'rm', `removed ${directory ? 'directory ' : ''}${quoteName(path)}\n`)
  }

  async #agreed(path: string, directory: boolean): Promise<boolean> {
    if (!this.#options.asks) return true
    const kind = directory ? 'directory' : 'regular file'
    await this.#proc.promises.writeResult(2, `rm: remove ${kind} ${quoteName(path)}? `)
    const buf = new Uint8Array(1)
    let answer = ''
    while ((await this.#proc.promises.readResult(0, buf)) === 1 && buf[0] !== 10)
      answer += String.fromCharCode(buf[0] as number)
    return /^[yY]/.test(answer)
  }
}
