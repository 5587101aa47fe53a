/** What the grammar's expansions ask of a shell. */
import { S_IFDIR, S_IFMT } from '../../host/index.ts'
import type { ExpansionEnvironment, GlobFiles, Script } from './grammar/index.ts'
import type { Shell } from './shell.ts'
import { substitute } from './substitution.ts'

const filesOf = (shell: Shell): GlobFiles => ({
  entries(path) {
    const entries = shell.process.readdir(path)
    if (typeof entries === 'number') return undefined
    return entries.map(({ name }) => name).filter((name) => name !== '.' && name !== '..')
  },
  exists: (path) => typeof shell.process.lstat(path) !== 'number',
  isDirectory(path) {
    const stat = shell.process.stat(path)
    return typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR
  },
})

/** A view: it always shows the shell as it is. */
export const createEnvironment = (shell: Shell): ExpansionEnvironment => {
  const files = filesOf(shell)
  return {
    get: (name) => shell.variables.get(name),
    set(name, value) {
      const variable = shell.variables.set(name, value)
      if (shell.options.has('allexport')) variable.exported = true
    },
    get name() {
      return shell.name
    },
    get positional() {
      return shell.positional
    },
    get lastStatus() {
      return shell.lastStatus
    },
    get pid() {
      return shell.pid
    },
    get lastBackgroundPid() {
      return shell.lastBackgroundPid
    },
    get flags() {
      return shell.flags
    },
    commandSubstitution: (script: Script) => substitute(shell, script),
    files,
    home(user) {
      const { users } = shell.process.host
      return (user === '' ? users.byUid(shell.process.uid) : users.byName(user))?.home
    },
  }
}
