/** Where a command is found, for `type`, `hash` and completion. What runs it looks for itself. */
import { S_IFMT, S_IFREG, X_OK } from '../../host/index.ts'
import type { Shell } from './shell.ts'

/** Directories of PATH; an empty one is the working directory. */
export const pathOf = (shell: Shell): string[] =>
  (shell.variables.get('PATH') ?? '').split(':').map((dir) => (dir === '' ? '.' : dir))

const isExecutable = (shell: Shell, path: string): boolean => {
  const stat = shell.process.stat(path)
  return typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFREG && shell.process.access(path, X_OK) === 0
}

/** Every file that the command could be, in order. */
export const findAll = (shell: Shell, name: string): string[] => {
  if (name.includes('/')) return isExecutable(shell, name) ? [name] : []
  if (name === '') return []
  return pathOf(shell)
    .map((dir) => `${dir.replace(/\/$/, '')}/${name}`)
    .filter((path) => isExecutable(shell, path))
}

export const find = (shell: Shell, name: string): string | undefined => findAll(shell, name)[0]

/** Count a command that is about to run (`hash`). */
export const remember = (shell: Shell, name: string): void => {
  if (name.includes('/')) return
  const known = shell.hashed.get(name)
  if (known !== undefined) {
    known.hits++
    return
  }
  const path = find(shell, name)
  if (path !== undefined) shell.hashed.set(name, { path, hits: 1 })
}

/** Words that the grammar takes for itself. */
export const KEYWORDS = [
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'case',
  'esac',
  'for',
  'while',
  'until',
  'do',
  'done',
  'in',
  'function',
  'time',
  '{',
  '}',
  '!',
  '[[',
  ']]',
]
