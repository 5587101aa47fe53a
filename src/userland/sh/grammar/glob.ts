import { compilePattern, literalOf, matches, type Pattern } from './match.ts'

export type Awaitable<T> = T | Promise<T>

/** What pathname expansion needs to see of a host's files. Relative paths start at the shell's working directory. */
export interface GlobFiles {
  /** The names in a directory without `.` and `..`, in any order; undefined when it cannot be read or is none. */
  entries(path: string): Awaitable<readonly string[] | undefined>
  /** Whether anything is there (a dangling symbolic link counts). */
  exists(path: string): Awaitable<boolean>
  isDirectory(path: string): Awaitable<boolean>
}

/**
 * Pathname expansion (POSIX 2.6.6): the paths that match, sorted by code point; none when nothing matches. A slash
 * and a leading dot match only themselves.
 */
export async function glob(pattern: string, files: GlobFiles): Promise<string[]> {
  const components = pattern.split('/')
  let found = ['']
  for (let i = 0; i < components.length; i++) {
    const last = i === components.length - 1
    found = await step(found, components[i] as string, last, files)
    if (!last) found = await directoriesOf(found, i === 0 && components[0] === '', files)
    if (found.length === 0) return []
  }
  return found.sort(byCodePoint)
}

/** Goes one component further from every path found so far (each empty or ending in a slash). */
async function step(bases: readonly string[], component: string, last: boolean, files: GlobFiles): Promise<string[]> {
  const pattern = compilePattern(component)
  if (pattern.tokens.every(({ kind }) => kind === 'character')) {
    const name = literalOf(pattern)
    const kept: string[] = []
    for (const base of bases) {
      if (name === '' || !last || (await files.exists(base + name))) kept.push(base + name)
    }
    return kept
  }
  const found: string[] = []
  for (const base of bases) {
    for (const name of (await files.entries(base === '' ? '.' : base)) ?? []) {
      if (visible(name, pattern) && matches(pattern, name)) found.push(base + name)
    }
  }
  return found
}

function visible(name: string, { tokens }: Pattern): boolean {
  const [first] = tokens
  return !name.startsWith('.') || (first?.kind === 'character' && first.text === '.')
}

async function directoriesOf(paths: readonly string[], root: boolean, files: GlobFiles): Promise<string[]> {
  const kept: string[] = []
  for (const path of paths) {
    // A doubled slash stays as written.
    if (root || path.endsWith('/') || (await files.isDirectory(path))) kept.push(`${path}/`)
  }
  return kept
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
