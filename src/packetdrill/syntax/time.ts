import type { TimeSpec } from './ast.ts'
import type { Scanner } from './scanner.ts'

const SECONDS = /\d+(?:\.\d+)?|\.\d+/y
const NS = 1e9

const seconds = (scanner: Scanner): number => Math.round(Number(scanner.want(SECONDS, 'a time in seconds')) * NS)

/** `0.2`, `+0.1`, `*`, `1~2`, `+1~+2`. */
export const time = (scanner: Scanner): TimeSpec => {
  if (scanner.eat('*')) return { kind: 'any', from: 0, to: 0 }
  const kind = scanner.eat('+') ? 'relative' : 'absolute'
  const from = seconds(scanner)
  if (!scanner.eat('~')) return { kind, from, to: from }
  if (scanner.eat('+') !== (kind === 'relative')) throw scanner.error('both ends of a range are absolute, or relative')
  const at = scanner.at
  const to = seconds(scanner)
  if (to < from) throw scanner.error('a range that ends after it begins', at)
  return { kind, from, to }
}

/** `...0.2`, what follows the start of a blocking call: on the base that the start has. */
export const blockingEnd = (scanner: Scanner, start: TimeSpec): TimeSpec | null => {
  if (!scanner.eat('...')) return null
  const end = seconds(scanner)
  if (start.kind === 'any') throw scanner.error('a start for the call that ends then')
  return { kind: start.kind, from: end, to: end }
}
