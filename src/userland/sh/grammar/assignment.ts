import type { Assignment, Word } from './ast.ts'

/**
 * `word` as an assignment, when it has the form of one (`name=…`, `name+=…` with nothing quoted up to the `=`).
 * The parser uses it for words before a command's name; a shell's declaration commands (`export`, `local`,
 * `readonly`) use it for their arguments, whose values are then not split.
 */
export function asAssignment(word: Word): Assignment | undefined {
  const [head, ...tail] = word.parts
  if (head?.kind !== 'literal') return undefined
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/.exec(head.text)
  if (match === null) return undefined
  const rest = head.text.slice(match[0].length)
  const parts = rest === '' ? tail : [{ kind: 'literal' as const, text: rest }, ...tail]
  return { name: match[1] as string, append: match[2] === '+', value: { parts } }
}

/** Whether `name` may name a variable. */
export function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
