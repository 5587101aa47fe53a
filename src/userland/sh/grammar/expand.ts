import { asAssignment } from './assignment.ts'
import type { Assignment, Word } from './ast.ts'
import { expandBraces } from './braces.ts'
import type { ExpansionEnvironment } from './environment.ts'
import { createExpander } from './expand-parts.ts'
import { arithmeticOf, documentOf, joined, PLAIN_WORD, patternOf, stringOf, WITHOUT_SPLITTING } from './expansion.ts'
import { ExpansionError } from './expansion-error.ts'
import { BREAK, splitFields } from './fields.ts'
import { glob } from './glob.ts'

const DEFAULT_IFS = ' \t\n'

/**
 * The fields a command's words become (POSIX 2.6): brace expansion, then tilde, parameter, command and arithmetic
 * expansion, then field splitting, pathname expansion and quote removal.
 * @throws ExpansionError
 */
export async function expandWords(words: readonly Word[], environment: ExpansionEnvironment): Promise<string[]> {
  const fields: string[] = []
  for (const word of words) fields.push(...(await expandWord(word, environment)))
  return fields
}

/** The fields of one word: none, one or many. */
export async function expandWord(word: Word, environment: ExpansionEnvironment): Promise<string[]> {
  const fields: string[] = []
  const expander = createExpander(environment)
  const alternatives = expandBraces(word)
  if (alternatives === undefined) throw new ExpansionError('brace expansion: failed to allocate memory')
  for (const alternative of alternatives) {
    // Bash expands the tilde in `make prefix=~/x` too.
    const tilde = asAssignment(alternative) === undefined ? 'start' : 'assignment'
    const fragments = await expander.parts(alternative.parts, { ...PLAIN_WORD, tilde })
    for (const field of splitFields(fragments, environment.get('IFS') ?? DEFAULT_IFS)) {
      const wanted = field.active && !environment.flags.includes('f')
      const paths = wanted ? await glob(field.pattern, environment.files) : []
      if (paths.length > 0) fields.push(...paths)
      else fields.push(field.text)
    }
  }
  return fields
}

/** One string, neither split nor matched against files: a `case` subject, a here-string. */
export function expandString(word: Word, environment: ExpansionEnvironment): Promise<string> {
  return stringOf(word, createExpander(environment))
}

/** The value of an assignment: as {@link expandString}, with tildes also after each colon. */
export async function expandAssignment(assignment: Assignment, environment: ExpansionEnvironment): Promise<string> {
  const expander = createExpander(environment)
  return joined(await expander.parts(assignment.value.parts, { ...WITHOUT_SPLITTING, tilde: 'value' }))
}

/** The text of a here-document's body. */
export function expandDocument(body: Word, environment: ExpansionEnvironment): Promise<string> {
  return documentOf(body, createExpander(environment))
}

/** A pattern for `matches`, with quoted characters escaped: an arm of `case`. */
export function expandPattern(word: Word, environment: ExpansionEnvironment): Promise<string> {
  return patternOf(word, createExpander(environment))
}

/** A regular expression, in which quoted characters stand for themselves: the right side of `=~`. */
export async function expandRegex(
  word: Word,
  environment: ExpansionEnvironment,
  quote: (text: string) => string,
): Promise<string> {
  const expander = createExpander(environment)
  const fragments = await expander.parts(word.parts, { ...WITHOUT_SPLITTING, tilde: 'start' })
  return fragments.map((part) => (part === BREAK ? ' ' : part.quoted ? quote(part.text) : part.text)).join('')
}

/** The value of an arithmetic word: `((…))`, the parts of an arithmetic `for`. Empty is 0. */
export function expandArithmetic(expression: Word, environment: ExpansionEnvironment): Promise<bigint> {
  return arithmeticOf(expression, createExpander(environment))
}
