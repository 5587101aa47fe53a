import { evaluateArithmetic } from './arithmetic.ts'
import type { Word, WordPart } from './ast.ts'
import type { ExpansionEnvironment } from './environment.ts'
import { BREAK, type Fragment } from './fields.ts'
import { quotePattern } from './match.ts'
import { variablesOf } from './parameters.ts'

/** How a stretch of parts is expanded. */
export interface Expansion {
  /** Within double quotes or a here-document. */
  readonly quoted: boolean
  /** The word's fields are wanted: what comes from expansions may be split, and `$@` gives many. */
  readonly fields: boolean
  /** Literal text is itself the result of an expansion (the word of `${x:-a b}`), and is split. */
  readonly splitLiterals: boolean
  /** Where tildes are looked for: at the word's start, in an assignment's value, in a word that looks like one. */
  readonly tilde: 'no' | 'start' | 'value' | 'assignment'
}

export const PLAIN_WORD: Expansion = { quoted: false, fields: true, splitLiterals: false, tilde: 'start' }
export const WITHOUT_SPLITTING: Expansion = { quoted: false, fields: false, splitLiterals: false, tilde: 'no' }
export const IN_QUOTES: Expansion = { quoted: true, fields: false, splitLiterals: false, tilde: 'no' }

/** Expands parts for one environment. Passed along, because parameters hold words and words hold parameters. */
export interface Expander {
  readonly environment: ExpansionEnvironment
  parts(parts: readonly WordPart[], expansion: Expansion): Promise<Fragment[]>
}

/** What an expansion yields: split unless quoted. */
export function result(text: string, { quoted, fields }: Expansion): Fragment {
  return { text, quoted, split: fields && !quoted }
}

export function joined(fragments: readonly Fragment[]): string {
  return fragments.map((fragment) => (fragment === BREAK ? ' ' : fragment.text)).join('')
}

export async function stringOf(word: Word, expander: Expander): Promise<string> {
  return joined(await expander.parts(word.parts, { ...WITHOUT_SPLITTING, tilde: 'start' }))
}

export async function documentOf(word: Word, expander: Expander): Promise<string> {
  return joined(await expander.parts(word.parts, IN_QUOTES))
}

export async function patternOf(word: Word, expander: Expander): Promise<string> {
  const fragments = await expander.parts(word.parts, { ...WITHOUT_SPLITTING, tilde: 'start' })
  return fragments.map((part) => (part === BREAK ? ' ' : part.quoted ? quotePattern(part.text) : part.text)).join('')
}

export async function arithmeticOf(word: Word, expander: Expander): Promise<bigint> {
  return evaluateArithmetic(await documentOf(word, expander), variablesOf(expander.environment))
}
