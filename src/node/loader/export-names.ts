/** Names that a CommonJS file exports, as Node's lexer reads them from its text; re-exports are followed. */
import fs from 'node:fs'
import { builtinId, type CommonJs } from './commonjs.ts'
import { nodeInternals } from './internals.ts'

interface Lexed {
  readonly mtime: number
  readonly exports: readonly string[]
  readonly reexports: readonly string[]
}

/** By file, for all processes; a file that has changed since is read again. */
const lexed = new Map<string, Lexed>()

const lexFile = (filename: string, source?: string): Lexed => {
  const mtime = fs.statSync(filename).mtimeMs
  const known = lexed.get(filename)
  if (known?.mtime === mtime) return known
  let found: Lexed = { mtime, exports: [], reexports: [] }
  try {
    const { exports, reexports } = nodeInternals().lex(source ?? fs.readFileSync(filename, 'utf8'))
    found = { mtime, exports: [...exports], reexports: [...reexports] }
  } catch {
    // What cannot be parsed has no names; running it will say why.
  }
  lexed.set(filename, found)
  return found
}

/** Without `default`, which is `module.exports` itself. */
export const exportNamesOf = (commonJs: CommonJs, filename: string, source: string): readonly string[] => {
  const names = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string, text?: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const { exports, reexports } = lexFile(file, text)
    for (const name of exports) names.add(name)
    for (const request of reexports) {
      const target = resolved(commonJs, file, request)
      if (target !== null) visit(target)
    }
  }
  visit(filename, source)
  names.delete('default')
  names.delete('module.exports')
  return [...names]
}

const resolved = (commonJs: CommonJs, file: string, request: string): string | null => {
  if (builtinId(request) !== null) return null
  try {
    const target = commonJs.Module._resolveFilename(request, commonJs.moduleAt(file))
    return /\.(c?js)$/.test(target) || !/\.[a-z]+$/.test(target) ? target : null
  } catch {
    return null
  }
}
