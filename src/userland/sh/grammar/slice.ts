import type { ParameterOperation } from './ast.ts'
import { arithmeticOf, type Expander } from './expansion.ts'
import { ExpansionError } from './expansion-error.ts'

type Slice = Extract<ParameterOperation, { op: ':' }>

interface Bounds {
  readonly offset: number
  readonly length: number | undefined
}

/** Bash names the parameter in what is wrong with its offset or length. */
async function boundsOf(name: string, operation: Slice, expander: Expander): Promise<Bounds> {
  try {
    const offset = Number(await arithmeticOf(operation.offset, expander))
    const length = operation.length === undefined ? undefined : Number(await arithmeticOf(operation.length, expander))
    return { offset, length }
  } catch (error) {
    throw error instanceof ExpansionError ? new ExpansionError(`${name}: ${error.message}`) : error
  }
}

/** `${x:offset:length}`: negative numbers count from the end. */
export async function sliceString(
  name: string,
  operation: Slice,
  expander: Expander,
): Promise<(value: string) => string> {
  const { offset, length } = await boundsOf(name, operation, expander)
  return (value) => {
    const chars = Array.from(value)
    const from = offset < 0 ? chars.length + offset : offset
    if (from < 0 || from > chars.length) return ''
    const to = length === undefined ? chars.length : length < 0 ? chars.length + length : from + length
    if (to < from) throw new ExpansionError(`${length}: substring expression < 0`)
    return chars.slice(from, to).join('')
  }
}

/** `${@:offset:length}`: offset 0 is `$0`, 1 the first parameter. */
export async function sliceParameters(name: string, operation: Slice, expander: Expander): Promise<string[]> {
  const { offset, length } = await boundsOf(name, operation, expander)
  if (length !== undefined && length < 0) throw new ExpansionError(`${length}: substring expression < 0`)
  const values = [expander.environment.name, ...expander.environment.positional]
  const from = offset < 0 ? values.length + offset : offset
  if (from < 0) return []
  return values.slice(from, length === undefined ? undefined : from + length)
}
