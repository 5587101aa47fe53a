import { type Program, S_IFMT, S_IFREG, X_OK } from '../../host/index.ts'
import { complain, writeOut } from './output.ts'

/** Debian's which: a path or every directory of PATH. */
export const program: Program = {
  name: 'which',
  async main(proc) {
    const names = proc.argv.slice(1)
    let all = false
    while (names[0]?.startsWith('-') === true) {
      const option = names.shift() as string
      if (option === '--') break
      if (option === '-a') all = true
      else if (option !== '-s') {
        await complain(proc, `Illegal option ${option}\nUsage: ${proc.argv[0] ?? 'which'} [-as] args`)
        return 2
      }
    }
    const isExecutable = (path: string): boolean => {
      const stat = proc.stat(path)
      return typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFREG && proc.access(path, X_OK) === 0
    }
    let code = names.length === 0 ? 1 : 0
    for (const name of names) {
      const dirs = (proc.env['PATH'] ?? '').split(':')
      const found = (name.includes('/') ? [name] : dirs.map((dir) => `${dir === '' ? '.' : dir}/${name}`)).filter(
        isExecutable,
      )
      if (found.length === 0) code = 1
      for (const path of all ? found : found.slice(0, 1)) await writeOut(proc, 'which', `${path}\n`)
    }
    return code
  },
}
