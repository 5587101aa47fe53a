/** Programs of a few lines each: what they print depends on little more than who asks. */
import type { Process, Program } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { complain, usageError, writeOut } from './output.ts'
import { plainName, quote } from './quote.ts'

export const trueProgram: Program = { name: 'true', main: () => 0 }
export const falseProgram: Program = { name: 'false', main: () => 1 }

const EXTRA = (operand: string): string => `extra operand ${quote(operand)}`

export const pwdProgram: Program = {
  name: 'pwd',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'pwd',
      short: 'LP',
      long: { logical: 'L', physical: 'P' },
      usage: ['pwd [OPTION]...'],
      does: 'Print the full filename of the current working directory.',
    })
    if (typeof args === 'number') return args
    const logical = proc.env['PWD']
    const isThere = logical?.startsWith('/') === true && sameFile(proc, '.', logical)
    return await writeOut(proc, 'pwd', `${args.has('L') && isThere ? logical : proc.cwd}\n`)
  },
}

const sameFile = (proc: Process, a: string, b: string): boolean => {
  const [x, y] = [proc.stat(a), proc.stat(b)]
  return typeof x !== 'number' && typeof y !== 'number' && x.ino === y.ino && x.dev === y.dev
}

export const whoamiProgram: Program = {
  name: 'whoami',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'whoami',
      short: '',
      usage: ['whoami [OPTION]...'],
      does: 'Print the user name associated with the current effective user ID.',
    })
    if (typeof args === 'number') return args
    const [extra] = args.operands
    if (extra !== undefined) return await usageError(proc, 'whoami', EXTRA(extra))
    return await writeOut(proc, 'whoami', `${proc.user}\n`)
  },
}

/** `basename path/to/file.c .c`. */
export const baseOf = (path: string, suffix = ''): string => {
  if (path === '') return ''
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed === '') return '/'
  const base = trimmed.slice(trimmed.lastIndexOf('/') + 1)
  return suffix !== '' && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base
}

export const directoryOf = (path: string): string => {
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed === '') return path.startsWith('/') ? '/' : '.'
  const slash = trimmed.lastIndexOf('/')
  return slash < 0 ? '.' : trimmed.slice(0, slash).replace(/\/+$/, '') || '/'
}

export const basenameProgram: Program = {
  name: 'basename',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'basename',
      short: 'as:z',
      permute: false,
      long: { multiple: 'a', suffix: { as: 's', argument: 'required' }, zero: 'z' },
      usage: ['basename NAME [SUFFIX]', 'basename OPTION... NAME...'],
      does: 'Print NAME with any leading directory components removed.',
    })
    if (typeof args === 'number') return args
    const { operands } = args
    const many = args.has('a') || args.has('s')
    if (operands.length === 0) return await usageError(proc, 'basename', 'missing operand')
    if (!many && operands.length > 2) return await usageError(proc, 'basename', EXTRA(operands[2] as string))
    const names = many ? operands : operands.slice(0, 1)
    const suffix = many ? (args.value('s') ?? '') : (operands[1] ?? '')
    const end = args.has('z') ? '\0' : '\n'
    return await writeOut(proc, 'basename', names.map((name) => baseOf(name, suffix) + end).join(''))
  },
}

export const dirnameProgram: Program = {
  name: 'dirname',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'dirname',
      short: 'z',
      long: { zero: 'z' },
      usage: ['dirname [OPTION] NAME...'],
      does: 'Output each NAME with its last non-slash component and trailing slashes removed.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'dirname', 'missing operand')
    const end = args.has('z') ? '\0' : '\n'
    return await writeOut(proc, 'dirname', args.operands.map((name) => directoryOf(name) + end).join(''))
  },
}

export const unameProgram: Program = {
  name: 'uname',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'uname',
      short: 'amnoprsvi',
      long: {
        all: 'a',
        'kernel-name': 's',
        nodename: 'n',
        'kernel-release': 'r',
        'kernel-version': 'v',
        machine: 'm',
        processor: 'p',
        'hardware-platform': 'i',
        'operating-system': 'o',
      },
      usage: ['uname [OPTION]...'],
      does: 'Print certain system information.',
    })
    if (typeof args === 'number') return args
    const [extra] = args.operands
    if (extra !== undefined) return await usageError(proc, 'uname', EXTRA(extra))
    const release = proc.host.sysctl.get('kernel.osrelease')
    const values: Readonly<Record<string, string>> = {
      s: 'Linux',
      n: proc.host.hostname,
      r: typeof release === 'string' ? release : '',
      v: '#1 SMP PREEMPT_DYNAMIC',
      m: 'x86_64',
      p: 'unknown',
      i: 'unknown',
      o: 'GNU/Linux',
    }
    const asked = args.has('a') ? ['s', 'n', 'r', 'v', 'm', 'o'] : [...'snrvmpio'].filter((letter) => args.has(letter))
    const shown = asked.length === 0 ? ['s'] : asked
    return await writeOut(proc, 'uname', `${shown.map((letter) => values[letter]).join(' ')}\n`)
  },
}

export const clearProgram: Program = {
  name: 'clear',
  async main(proc) {
    if (proc.env['TERM'] !== undefined) return await writeOut(proc, 'clear', '\x1b[H\x1b[2J\x1b[3J')
    await complain(proc, 'TERM environment variable not set.')
    return 1
  },
}

export const yesProgram: Program = {
  name: 'yes',
  async main(proc) {
    const words = proc.argv.slice(1)
    const line = `${words.length === 0 ? 'y' : words.join(' ')}\n`
    const block = line.repeat(Math.max(1, Math.floor(4096 / line.length)))
    for (;;) if ((await writeOut(proc, 'yes', block)) !== 0) return 1
  },
}

export const ttyProgram: Program = {
  name: 'tty',
  async main(proc) {
    const terminal = proc.terminal(0)
    const silent = proc.argv.slice(1).includes('-s')
    if (!silent) await writeOut(proc, 'tty', terminal === null ? 'not a tty\n' : `${terminal.path}\n`)
    return terminal === null ? 1 : 0
  },
}

export const readlinkProgram: Program = {
  name: 'readlink',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'readlink',
      short: 'fnv',
      long: { canonicalize: 'f', 'no-newline': 'n', verbose: 'v' },
      usage: ['readlink [OPTION]... FILE...'],
      does: 'Print value of a symbolic link or canonical file name.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'readlink', 'missing operand')
    let code = 0
    for (const path of args.operands) {
      const target = args.has('f') ? canonical(proc, path) : proc.readlink(path)
      if (typeof target === 'number') {
        if (args.has('v')) await complain(proc, `readlink: ${plainName(path)}: ${strerror(target)}`)
        code = 1
      } else await writeOut(proc, 'readlink', `${target}${args.has('n') && args.operands.length === 1 ? '' : '\n'}`)
    }
    return code
  },
}

/** The path without symbolic links; its last part may be missing. A negative errno. */
const canonical = (proc: Process, path: string, depth = 0): string | number => {
  if (depth > 40) return -40
  let at = '/'
  const parts = (path.startsWith('/') ? path : `${proc.cwd}/${path}`)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  for (const [i, part] of parts.entries()) {
    if (part === '..') {
      at = directoryOf(at)
      continue
    }
    const next = `${at === '/' ? '' : at}/${part}`
    const link = proc.readlink(next)
    if (typeof link === 'string') {
      const target = link.startsWith('/') ? link : `${at}/${link}`
      return canonical(proc, [target, ...parts.slice(i + 1)].join('/'), depth + 1)
    }
    const stat = proc.lstat(next)
    if (typeof stat === 'number' && i < parts.length - 1) return stat
    at = next
  }
  return at
}
