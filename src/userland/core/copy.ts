/** cp and mv. */
import { type Process, type Program, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT } from '../../host/index.ts'
import { O_CREAT, O_TRUNC, O_WRONLY } from '../../socket/file.ts'
import { strerror } from '../../wire/errno.ts'
import { isDirectory } from './files.ts'
import { type GnuArguments, readArguments } from './gnu.ts'
import { chunks, complain, openFile, openInput, usageError, writeOut, writeTo } from './output.ts'
import { quoteName } from './quote.ts'
import { baseOf } from './simple.ts'

interface Plan {
  readonly sources: readonly string[]
  readonly target: string
  readonly into: boolean
}

/** Sources and target, or an exit code. */
const planOf = async (proc: Process, name: string, args: GnuArguments): Promise<Plan | number> => {
  const { operands } = args
  const given = args.value('t')
  const [first] = operands
  if (first === undefined) return await usageError(proc, name, 'missing file operand')
  if (given === undefined && operands.length === 1)
    return await usageError(proc, name, `missing destination file operand after ${quoteName(first)}`)
  const target = given ?? (operands.at(-1) as string)
  const sources = given === undefined ? operands.slice(0, -1) : operands
  const into = given !== undefined || (!args.has('T') && isDirectory(proc, target))
  if (into || sources.length === 1) return { sources, target, into }
  const missing = typeof proc.stat(target) === 'number' ? 'No such file or directory' : 'Not a directory'
  await complain(proc, `${name}: target ${quoteName(target)}: ${missing}`)
  return 1
}

const destinationOf = ({ target, into }: Plan, source: string): string =>
  into ? `${target.replace(/\/+$/, '')}/${baseOf(source)}` : target

interface CopyOptions {
  readonly recursive: boolean
  /** Copy links as links. */
  readonly links: boolean
  readonly preserve: boolean
  readonly force: boolean
  readonly noClobber: boolean
  readonly update: boolean
  readonly verbose: boolean
}

class Copier {
  readonly #proc: Process
  readonly #name: string
  readonly #options: CopyOptions
  code = 0

  constructor(proc: Process, name: string, options: CopyOptions) {
    this.#proc = proc
    this.#name = name
    this.#options = options
  }

  async #complain(message: string): Promise<void> {
    await complain(this.#proc, `${this.#name}: ${message}`)
    this.code = 1
  }

  async copy(source: string, target: string): Promise<void> {
    const proc = this.#proc
    const options = this.#options
    const stat = options.links ? proc.lstat(source) : proc.stat(source)
    if (typeof stat === 'number') return await this.#complain(`cannot stat ${quoteName(source)}: ${strerror(stat)}`)
    const kind = stat.mode & S_IFMT
    if (kind === S_IFDIR && !options.recursive)
      return await this.#complain(`-r not specified; omitting directory ${quoteName(source)}`)
    const there = proc.stat(target)
    if (typeof there !== 'number') {
      if (there.ino === stat.ino && there.dev === stat.dev)
        return await this.#complain(`${quoteName(source)} and ${quoteName(target)} are the same file`)
      const isDir = (there.mode & S_IFMT) === S_IFDIR
      if (isDir && kind !== S_IFDIR)
        return await this.#complain(`cannot overwrite directory ${quoteName(target)} with non-directory`)
      if (!isDir && kind === S_IFDIR)
        return await this.#complain(
          `cannot overwrite non-directory ${quoteName(target)} with directory ${quoteName(source)}`,
        )
      if (kind !== S_IFDIR && (options.noClobber || (options.update && there.mtime >= stat.mtime))) return
    }
    if (options.verbose) await writeOut(proc, this.#name, `${quoteName(source)} -> ${quoteName(target)}\n`)
    if (kind === S_IFDIR) await this.#directory(source, target, stat.mode)
    else if (kind === S_IFLNK) await this.#link(source, target)
    else if (kind === S_IFIFO && options.recursive) proc.mkfifo(target, stat.mode & 0o7777)
    else await this.#file(source, target, stat.mode)
    if (options.preserve) {
      proc.utimes(target, stat.atime, stat.mtime)
      proc.chmod(target, stat.mode & 0o7777)
      proc.chown(target, stat.uid, stat.gid)
    }
  }

  async #directory(source: string, target: string, mode: number): Promise<void> {
    const proc = this.#proc
    if (`${proc.absolute(target)}/`.startsWith(`${proc.absolute(source)}/`))
      return await this.#complain(`cannot copy a directory, ${quoteName(source)}, into itself, ${quoteName(target)}`)
    if (!isDirectory(proc, target)) {
      const error = proc.mkdir(target, mode & 0o777)
      if (error < 0) return await this.#complain(`cannot create directory ${quoteName(target)}: ${strerror(error)}`)
    }
    const entries = proc.readdir(source)
    if (typeof entries === 'number')
      return await this.#complain(`cannot access ${quoteName(source)}: ${strerror(entries)}`)
    for (const { name } of entries)
      if (name !== '.' && name !== '..')
        await this.copy(`${source.replace(/\/+$/, '')}/${name}`, `${target.replace(/\/+$/, '')}/${name}`)
  }

  async #link(source: string, target: string): Promise<void> {
    const proc = this.#proc
    const text = proc.readlink(source)
    if (typeof text === 'number') return
    if (typeof proc.lstat(target) !== 'number') proc.unlink(target)
    const error = proc.symlink(text, target)
    if (error < 0) await this.#complain(`cannot create symbolic link ${quoteName(target)}: ${strerror(error)}`)
  }

  async #file(source: string, target: string, mode: number): Promise<void> {
    const proc = this.#proc
    const program = proc.tree.find(proc, source)
    const from = await openInput(proc, source)
    if (from < 0) return await this.#complain(`cannot open ${quoteName(source)} for reading: ${strerror(from)}`)
    let to = await openFile(proc, target, O_WRONLY | O_CREAT | O_TRUNC, mode & 0o777)
    if (to < 0 && this.#options.force && proc.unlink(target) === 0)
      to = await openFile(proc, target, O_WRONLY | O_CREAT | O_TRUNC, mode & 0o777)
    if (to < 0) {
      proc.close(from)
      return await this.#complain(`cannot create regular file ${quoteName(target)}: ${strerror(to)}`)
    }
    for await (const chunk of chunks(proc, from)) {
      const error = typeof chunk === 'number' ? chunk : await writeTo(proc, to, chunk)
      if (error >= 0) continue
      await this.#complain(
        `error ${typeof chunk === 'number' ? 'reading' : 'writing'} ${quoteName(source)}: ${strerror(error)}`,
      )
      break
    }
    proc.close(from)
    proc.close(to)
    // A copy of a program runs as the program does.
    const copy = proc.tree.find(proc, target)
    if (typeof program !== 'number' && program.kind === 'file' && typeof copy !== 'number' && copy.kind === 'file')
      copy.program = program.program
  }
}

export const cpProgram: Program = {
  name: 'cp',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'cp',
      short: 'adfLnPprRt:Tuv',
      long: {
        archive: 'a',
        force: 'f',
        dereference: 'L',
        'no-clobber': 'n',
        'no-dereference': 'P',
        recursive: 'r',
        'target-directory': { as: 't', argument: 'required' },
        'no-target-directory': 'T',
        update: 'u',
        verbose: 'v',
      },
      usage: ['cp [OPTION]... [-T] SOURCE DEST', 'cp [OPTION]... SOURCE... DIRECTORY'],
      does: 'Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.',
    })
    if (typeof args === 'number') return args
    const plan = await planOf(proc, 'cp', args)
    if (typeof plan === 'number') return plan
    const recursive = args.has('r') || args.has('R') || args.has('a')
    const copier = new Copier(proc, 'cp', {
      recursive,
      links: !args.has('L') && (recursive || args.has('P') || args.has('d')),
      preserve: args.has('p') || args.has('a'),
      force: args.has('f'),
      noClobber: args.has('n'),
      update: args.has('u'),
      verbose: args.has('v'),
    })
    for (const source of plan.sources) await copier.copy(source, destinationOf(plan, source))
    return copier.code
  },
}

export const mvProgram: Program = {
  name: 'mv',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'mv',
      short: 'fnt:Tuv',
      long: {
        force: 'f',
        'no-clobber': 'n',
        'target-directory': { as: 't', argument: 'required' },
        'no-target-directory': 'T',
        update: 'u',
        verbose: 'v',
      },
      usage: ['mv [OPTION]... [-T] SOURCE DEST', 'mv [OPTION]... SOURCE... DIRECTORY'],
      does: 'Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.',
    })
    if (typeof args === 'number') return args
    const plan = await planOf(proc, 'mv', args)
    if (typeof plan === 'number') return plan
    let code = 0
    for (const source of plan.sources) {
      const complaint = await move(proc, source, destinationOf(plan, source), args)
      if (complaint === null) continue
      await complain(proc, `mv: ${complaint}`)
      code = 1
    }
    return code
  },
}

const move = async (proc: Process, source: string, target: string, args: GnuArguments): Promise<string | null> => {
  const stat = proc.lstat(source)
  if (typeof stat === 'number') return `cannot stat ${quoteName(source)}: ${strerror(stat)}`
  const there = proc.lstat(target)
  if (typeof there !== 'number') {
    if (there.ino === stat.ino && there.dev === stat.dev)
      return `${quoteName(source)} and ${quoteName(target)} are the same file`
    if (args.has('n') || (args.has('u') && there.mtime >= stat.mtime)) return null
    const [from, to] = [stat, there].map(({ mode }) => (mode & S_IFMT) === S_IFDIR)
    if (to === true && from === false) return `cannot overwrite directory ${quoteName(target)} with non-directory`
    if (to === false && from === true)
      return `cannot overwrite non-directory ${quoteName(target)} with directory ${quoteName(source)}`
  }
  if (`${proc.absolute(target)}/`.startsWith(`${proc.absolute(source)}/`))
    return `cannot move ${quoteName(source)} to a subdirectory of itself, ${quoteName(target)}`
  const error = proc.rename(source, target)
  if (error < 0) return `cannot move ${quoteName(source)} to ${quoteName(target)}: ${strerror(error)}`
  if (args.has('v')) await writeOut(proc, 'mv', `renamed ${quoteName(source)} -> ${quoteName(target)}\n`)
  return null
}
