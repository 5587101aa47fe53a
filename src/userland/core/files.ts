/** mkdir, mkfifo, touch, chmod, ln: one call for each name, and GNU's words when it fails. */
import { type Process, type Program, S_IFDIR, S_IFLNK, S_IFMT } from '../../host/index.ts'
import { EEXIST, ENOENT, strerror } from '../../wire/errno.ts'
import { parseDate } from './date-parse.ts'
import { readArguments } from './gnu.ts'
import { modeLetters, parseMode } from './mode.ts'
import { complain, usageError, writeOut } from './output.ts'
import { quote, quoteName } from './quote.ts'
import { baseOf } from './simple.ts'

export const isDirectory = (proc: Process, path: string, follow = true): boolean => {
  const stat = follow ? proc.stat(path) : proc.lstat(path)
  return typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR
}

/** Do it for each name; 1 when one failed. `act` gives a complaint or null. */
export const each = async (
  proc: Process,
  name: string,
  operands: readonly string[],
  act: (path: string) => Promise<string | null> | string | null,
): Promise<number> => {
  let code = 0
  for (const path of operands) {
    const complaint = await act(path)
    if (complaint === null) continue
    await complain(proc, `${name}: ${complaint}`)
    code = 1
  }
  return code
}

export const mkdirProgram: Program = {
  name: 'mkdir',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'mkdir',
      short: 'm:pv',
      long: { mode: { as: 'm', argument: 'required' }, parents: 'p', verbose: 'v' },
      usage: ['mkdir [OPTION]... DIRECTORY...'],
      does: 'Create the DIRECTORY(ies), if they do not already exist.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'mkdir', 'missing operand')
    const text = args.value('m')
    const mode = text === undefined ? null : parseMode(text, 0o777, proc.umask, true)
    if (text !== undefined && mode === null) {
      await complain(proc, `mkdir: invalid mode ${quote(text)}`)
      return 1
    }
    const make = async (path: string): Promise<number> => {
      const error = proc.mkdir(path)
      if (error === 0 && args.has('v')) await writeOut(proc, 'mkdir', `mkdir: created directory ${quoteName(path)}\n`)
      return error
    }
    return await each(proc, 'mkdir', args.operands, async (path) => {
      if (args.has('p')) {
        for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
          const error = await make(path.slice(0, at))
          if (error < 0 && error !== -EEXIST) return failure('create directory', path.slice(0, at), error)
        }
        if (isDirectory(proc, path)) return null
      }
      const error = await make(path)
      if (error < 0) return `cannot create directory ${quote(path)}: ${strerror(error)}`
      if (mode !== null) proc.chmod(path, mode)
      return null
    })
  },
}

export const mkfifoProgram: Program = {
  name: 'mkfifo',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'mkfifo',
      short: 'm:',
      long: { mode: { as: 'm', argument: 'required' } },
      usage: ['mkfifo [OPTION]... NAME...'],
      does: 'Create named pipes (FIFOs) with the given NAMEs.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'mkfifo', 'missing operand')
    const text = args.value('m')
    const mode = text === undefined ? null : parseMode(text, 0o666, proc.umask, false)
    if (text !== undefined && mode === null) {
      await complain(proc, 'mkfifo: invalid mode')
      return 1
    }
    return await each(proc, 'mkfifo', args.operands, (path) => {
      const error = proc.mkfifo(path)
      if (error < 0) return `cannot create fifo ${quoteName(path)}: ${strerror(error)}`
      if (mode !== null) proc.chmod(path, mode)
      return null
    })
  },
}

const failure = (what: string, path: string, error: number): string =>
  `cannot ${what} ${quote(path)}: ${strerror(error)}`

export const touchProgram: Program = {
  name: 'touch',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'touch',
      short: 'acd:fhmr:',
      long: { 'no-create': 'c', date: { as: 'd', argument: 'required' }, reference: { as: 'r', argument: 'required' } },
      usage: ['touch [OPTION]... FILE...'],
      does: 'Update the access and modification times of each FILE to the current time.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'touch', 'missing file operand')
    const text = args.value('d')
    let time = text === undefined ? null : parseDate(text, proc.tree.time)
    if (text !== undefined && time === null) {
      await complain(proc, `touch: invalid date format ${quote(text)}`)
      return 1
    }
    const reference = args.value('r')
    if (reference !== undefined) {
      const stat = proc.stat(reference)
      if (typeof stat === 'number') {
        await complain(proc, `touch: failed to get attributes of ${quoteName(reference)}: ${strerror(stat)}`)
        return 1
      }
      time = stat.mtime
    }
    return await each(proc, 'touch', args.operands, (path) => {
      if (typeof proc.stat(path) === 'number') {
        if (args.has('c')) return null
        const error = proc.writeFile(path, '', 0o101)
        if (error < 0) return `cannot touch ${quoteName(path)}: ${strerror(error)}`
        if (time === null) return null
      }
      const stat = proc.stat(path)
      const keep = (which: 'atime' | 'mtime'): number | null => (typeof stat === 'number' ? null : stat[which])
      const [onlyA, onlyM] = [args.has('a') && !args.has('m'), args.has('m') && !args.has('a')]
      const error = proc.utimes(path, onlyM ? keep('atime') : time, onlyA ? keep('mtime') : time)
      return error < 0 ? `setting times of ${quoteName(path)}: ${strerror(error)}` : null
    })
  },
}

export const chmodProgram: Program = {
  name: 'chmod',
  async main(proc) {
    // A mode may begin with a hyphen (`-x`), which is no option.
    const argv = proc.argv.slice(1)
    const at = argv.findIndex((arg) => /^-[rwxXst,ugo]+$/.test(arg) && !/^-R$/.test(arg))
    const dashed = at >= 0 ? argv[at] : undefined
    if (at >= 0) proc.argv = [proc.argv[0] ?? 'chmod', ...argv.slice(0, at), ...argv.slice(at + 1)]
    const args = await readArguments(proc, {
      name: 'chmod',
      short: 'cfRv',
      long: { changes: 'c', silent: 'f', quiet: 'f', recursive: 'R', verbose: 'v' },
      usage: ['chmod [OPTION]... MODE[,MODE]... FILE...', 'chmod [OPTION]... OCTAL-MODE FILE...'],
      does: 'Change the mode of each FILE to MODE.',
    })
    if (typeof args === 'number') return args
    const [text, ...paths] = dashed === undefined ? args.operands : [dashed, ...args.operands]
    if (text === undefined) return await usageError(proc, 'chmod', 'missing operand')
    if (paths.length === 0) return await usageError(proc, 'chmod', `missing operand after ${quote(text)}`)
    if (parseMode(text, 0, 0, false) === null) return await usageError(proc, 'chmod', `invalid mode: ${quote(text)}`)
    const change = async (path: string): Promise<string | null> => {
      const stat = proc.stat(path)
      if (typeof stat === 'number') return args.has('f') ? null : `cannot access ${quoteName(path)}: ${strerror(stat)}`
      const directory = (stat.mode & S_IFMT) === S_IFDIR
      const mode = parseMode(text, stat.mode & 0o7777, proc.umask, directory) ?? 0
      const error = proc.chmod(path, mode)
      if (error < 0) return `changing permissions of ${quoteName(path)}: ${strerror(error)}`
      const octal = (bits: number): string => (bits & 0o7777).toString(8).padStart(4, '0')
      const changed = mode !== (stat.mode & 0o7777)
      if ((args.has('v') || args.has('c')) && (changed || args.has('v'))) {
        const before = `${octal(stat.mode)} (${modeLetters(stat.mode)})`
        const after = `${octal(mode)} (${modeLetters(mode)})`
        const line = changed
          ? `mode of ${quoteName(path)} changed from ${before} to ${after}`
          : `mode of ${quoteName(path)} retained as ${after}`
        await writeOut(proc, 'chmod', `${line}\n`)
      }
      if (!args.has('R') || !directory) return null
      const entries = proc.readdir(path)
      if (typeof entries === 'number') return `cannot read directory ${quoteName(path)}: ${strerror(entries)}`
      for (const { name } of entries) {
        if (name === '.' || name === '..') continue
        const complaint = await change(`${path.replace(/\/$/, '')}/${name}`)
        if (complaint !== null) return complaint
      }
      return null
    }
    return await each(proc, 'chmod', paths, change)
  },
}

export const lnProgram: Program = {
  name: 'ln',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'ln',
      short: 'fnsTv',
      long: { force: 'f', 'no-dereference': 'n', symbolic: 's', 'no-target-directory': 'T', verbose: 'v' },
      usage: ['ln [OPTION]... [-T] TARGET LINK_NAME', 'ln [OPTION]... TARGET', 'ln [OPTION]... TARGET... DIRECTORY'],
      does: 'Create hard links by default, symbolic links with --symbolic.',
    })
    if (typeof args === 'number') return args
    const { operands } = args
    if (operands.length === 0) return await usageError(proc, 'ln', 'missing file operand')
    const last = operands.at(-1) as string
    const followsLink = !(args.has('n') && isLink(proc, last))
    const into = operands.length > 1 && !args.has('T') && followsLink && isDirectory(proc, last)
    if (operands.length > 2 && !into) {
      await complain(
        proc,
        `ln: target ${quoteName(last)}: ${typeof proc.stat(last) === 'number' ? strerror(ENOENT) : 'Not a directory'}`,
      )
      return 1
    }
    const targets = operands.length === 1 ? operands : operands.slice(0, -1)
    return await each(proc, 'ln', targets, async (target) => {
      const path =
        operands.length === 1 ? `./${baseOf(target)}` : into ? `${last.replace(/\/$/, '')}/${baseOf(target)}` : last
      if (args.has('f') && typeof proc.lstat(path) !== 'number') proc.unlink(path)
      if (!args.has('s') && typeof proc.stat(target) === 'number')
        return `failed to access ${quoteName(target)}: ${strerror(proc.stat(target) as number)}`
      if (!args.has('s') && isDirectory(proc, target)) return `${target}: hard link not allowed for directory`
      const error = args.has('s') ? proc.symlink(target, path) : proc.link(target, path)
      if (error < 0) {
        const kind = args.has('s') ? 'symbolic' : 'hard'
        const detail = args.has('s') || error === -EEXIST ? '' : ` => ${quoteName(target)}`
        return `failed to create ${kind} link ${quoteName(path)}${detail}: ${strerror(error)}`
      }
      if (args.has('v'))
        await writeOut(proc, 'ln', `${quoteName(path)} ${args.has('s') ? '->' : '=>'} ${quoteName(target)}\n`)
      return null
    })
  },
}

const isLink = (proc: Process, path: string): boolean => {
  const stat = proc.lstat(path)
  return typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFLNK
}
