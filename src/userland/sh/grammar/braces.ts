import type { Word, WordPart } from './ast.ts'

/** A word as single active characters and opaque quoted or expanding parts. */
type Unit = string | WordPart

/** So many words may come from one; bash, too, gives up, when memory does. */
const MAX_WORDS = 100_000

/**
 * Brace expansion: `a{b,c}` to `ab ac`, `{1..5}`, `{01..10..3}`, `{a..e}`. Comes before every other expansion and
 * knows nothing of their results. What is no brace expression stays as it is.
 *
 * @returns undefined when there would be too many words
 */
export function expandBraces(word: Word): Word[] | undefined {
  if (!word.parts.some((part) => part.kind === 'literal' && part.text.includes('{'))) return [word]
  const units = word.parts.flatMap((part): Unit[] => (part.kind === 'literal' ? Array.from(part.text) : [part]))
  return expand(units)?.map((found) => ({ parts: joined(found) }))
}

/**
 * Bash expands braces in the text, before it knows of parameters: `$a{x,y}` is `$ax $ay`. So the letters that come to
 * stand behind an unbraced name belong to it.
 */
function joined(units: readonly Unit[]): WordPart[] {
  const parts: WordPart[] = []
  let literal = ''
  const flush = (): void => {
    const before = parts.at(-1)
    if (before?.kind === 'parameter' && /^\$[A-Za-z_]/.test(before.source)) {
      const more = /^[A-Za-z0-9_]*/.exec(literal)?.[0] ?? ''
      parts[parts.length - 1] = { ...before, name: before.name + more, source: before.source + more }
      literal = literal.slice(more.length)
    }
    if (literal !== '') parts.push({ kind: 'literal', text: literal })
    literal = ''
  }
  for (const unit of units) {
    if (typeof unit === 'string') literal += unit
    else {
      flush()
      parts.push(unit)
    }
  }
  flush()
  return parts
}

function expand(units: readonly Unit[]): Unit[][] | undefined {
  for (let open = units.indexOf('{'); open !== -1; open = units.indexOf('{', open + 1)) {
    const found = alternatives(units, open)
    if (found === undefined) continue
    const { words, close } = found
    const rest = expand(units.slice(close + 1))
    if (words === undefined || rest === undefined || words.length * rest.length > MAX_WORDS) return undefined
    const before = units.slice(0, open)
    return words.flatMap((word) => rest.map((after) => [...before, ...word, ...after]))
  }
  return [[...units]]
}

interface Alternatives {
  /** Undefined: too many. */
  readonly words: Unit[][] | undefined
  readonly close: number
}

/** What the brace at `open` stands for; undefined when it opens nothing. */
function alternatives(units: readonly Unit[], open: number): Alternatives | undefined {
  let depth = 0
  const commas: number[] = []
  for (let i = open + 1; i < units.length; i++) {
    const unit = units[i]
    if (unit === '{') depth++
    else if (unit === ',' && depth === 0) commas.push(i)
    else if (unit === '}') {
      if (depth > 0) {
        depth--
        continue
      }
      if (commas.length === 0) return sequence(units.slice(open + 1, i), i)
      const bounds = [open, ...commas, i]
      const words: Unit[][] = []
      for (let piece = 1; piece < bounds.length; piece++) {
        const expanded = expand(units.slice((bounds[piece - 1] as number) + 1, bounds[piece]))
        if (expanded === undefined || words.length + expanded.length > MAX_WORDS) return { words: undefined, close: i }
        words.push(...expanded)
      }
      return { words, close: i }
    }
  }
  return undefined
}

function sequence(units: readonly Unit[], close: number): Alternatives | undefined {
  if (units.some((unit) => typeof unit !== 'string')) return undefined
  const text = units.join('')
  const numbers = /^([+-]?[0-9]+)\.\.([+-]?[0-9]+)(?:\.\.([+-]?[0-9]+))?$/.exec(text)
  const letters = numbers === null ? /^([A-Za-z])\.\.([A-Za-z])(?:\.\.([+-]?[0-9]+))?$/.exec(text) : null
  const [, first, last, step] = numbers ?? letters ?? []
  if (first === undefined || last === undefined) return undefined
  const from = numbers === null ? first.charCodeAt(0) : Number(first)
  const to = numbers === null ? last.charCodeAt(0) : Number(last)
  const by = Math.max(1, Math.abs(Number(step ?? 1)))
  const count = Math.floor(Math.abs(to - from) / by) + 1
  if (!(count <= MAX_WORDS)) return { words: undefined, close }
  const padded = /^[+-]?0[0-9]/.test(first) || /^[+-]?0[0-9]/.test(last)
  const width = padded ? Math.max(first.length, last.length) : 0
  const words = Array.from({ length: count }, (_, i) => {
    const value = from + (to < from ? -i : i) * by
    return Array.from(numbers === null ? String.fromCharCode(value) : paddedNumber(value, width))
  })
  return { words, close }
}

function paddedNumber(value: number, width: number): string {
  if (value >= 0) return String(value).padStart(width, '0')
  return `-${String(-value).padStart(width - 1, '0')}`
}
