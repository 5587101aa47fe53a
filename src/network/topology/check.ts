/**
 * Checks an untrusted value against the shape of a topology and says what is wrong where. A shape is a function from a
 * value and its path to problems; nothing is converted here.
 */
export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  readonly message: string
  /** The key itself is wrong, not its value. */
  readonly atKey?: boolean
}

export type Shape = (value: unknown, path: Path) => Problem[]

/** `hosts.server.address`, `links[2].loss`. */
export const pathText = (path: Path): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('') || 'topology'

const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return String(value)
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A scalar that `accept` takes; `expected` reads after "is not". `accept` may return a sentence of its own. */
export const scalar =
  (expected: string, accept: (value: unknown) => boolean | string): Shape =>
  (value, path) => {
    const verdict = accept(value)
    if (verdict === true) return []
    return [{ path, message: `${show(value)} is not ${expected}${typeof verdict === 'string' ? ` (${verdict})` : ''}` }]
  }

export const text: Shape = scalar('a text', (v) => typeof v === 'string')
export const bool: Shape = scalar('true or false', (v) => typeof v === 'boolean')
export const textOrNumber: Shape = scalar('a text or a number', (v) => typeof v === 'string' || typeof v === 'number')

export const oneOf = (...names: readonly string[]): Shape =>
  scalar(`one of ${names.join(', ')}`, (v) => typeof v === 'string' && names.includes(v))

export const list =
  (item: Shape, length?: number): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return [{ path, message: `${show(value)} is not a list` }]
    if (length !== undefined && value.length !== length)
      return [{ path, message: `a list of ${length} is wanted, this one has ${value.length}` }]
    return value.flatMap((v, i) => item(v, [...path, i]))
  }

/** One, or a list of them. */
export const oneOrMore =
  (item: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? list(item)(value, path) : item(value, path)

/** A mapping whose keys are names. */
export const mapOf =
  (item: Shape, key?: (name: string) => string | null): Shape =>
  (value, path) => {
    if (!isMapping(value)) return [{ path, message: `${show(value)} is not a mapping` }]
    return Object.entries(value).flatMap(([name, v]) => {
      const wrong = key?.(name) ?? null
      const here = [...path, name]
      return wrong === null ? item(v, here) : [{ path: here, message: wrong, atKey: true }]
    })
  }

export interface Field {
  readonly shape: Shape
  readonly required?: boolean
}

/** A mapping with known fields; an unknown one is named with its nearest neighbour. */
export const fields =
  (known: Readonly<Record<string, Shape | Field>>): Shape =>
  (value, path) => {
    if (!isMapping(value)) return [{ path, message: `${show(value)} is not a mapping` }]
    const problems: Problem[] = []
    for (const [name, v] of Object.entries(value)) {
      const field = Object.hasOwn(known, name) ? known[name] : undefined
      const here = [...path, name]
      if (field === undefined)
        problems.push({ path: here, message: unknownField(name, Object.keys(known)), atKey: true })
      else problems.push(...(typeof field === 'function' ? field : field.shape)(v, here))
    }
    for (const [name, field] of Object.entries(known))
      if (typeof field !== 'function' && field.required === true && !Object.hasOwn(value, name))
        problems.push({ path, message: `"${name}" is missing` })
    return problems
  }

const unknownField = (name: string, known: readonly string[]): string => {
  const near = known.find((k) => distance(k.toLowerCase(), name.toLowerCase()) <= 2)
  return near === undefined
    ? `unknown field "${name}"; known are ${known.join(', ')}`
    : `unknown field "${name}"; did you mean "${near}"?`
}

/** Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change))
    }
    row = next
  }
  return row[b.length] ?? 0
}
