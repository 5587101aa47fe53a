import { isName } from './assignment.ts'
import type { ParameterOperation, ParameterPart, Word } from './ast.ts'
import type { ExpansionEnvironment } from './environment.ts'
import {
  documentOf,
  type Expander,
  type Expansion,
  IN_QUOTES,
  PLAIN_WORD,
  patternOf,
  result,
  stringOf,
  WITHOUT_SPLITTING,
} from './expansion.ts'
import { ExpansionError } from './expansion-error.ts'
import { BREAK, type Fragment } from './fields.ts'
import { compilePattern } from './match.ts'
import { parameterValue } from './parameters.ts'
import { sliceParameters, sliceString } from './slice.ts'
import { changeCase, removePrefix, removeSuffix, replaceMatches } from './transform.ts'

type Transform = (value: string) => string

/** `$name` and `${…}` (POSIX 2.6.2, and bash's additions). */
export async function expandParameter(
  part: ParameterPart,
  expansion: Expansion,
  expander: Expander,
): Promise<readonly Fragment[]> {
  const { operation } = part
  const { environment } = expander
  if (operation.op === 'bad') throw new ExpansionError(`${part.source}: bad substitution`)
  const name = part.indirect ? indirectName(part, environment) : part.name
  const list = name === '@' || name === '*'
  if (operation.op === 'length') return [result(String(lengthOf(name, environment)), expansion)]
  if (operation.op === '-' || operation.op === '=' || operation.op === '?' || operation.op === '+') {
    const used = await alternative(name, operation, expansion, expander)
    if (used !== undefined) return used
  } else if (!list) refuseUnset(name, environment)
  if (list && operation.op === ':') {
    return spread(name, await sliceParameters(name, operation, expander), expansion, environment)
  }
  const transform = await transformation(name, operation, expander)
  if (list) return spread(name, environment.positional.map(transform), expansion, environment)
  return [result(transform(parameterValue(name, environment) ?? ''), expansion)]
}

function refuseUnset(name: string, environment: ExpansionEnvironment): void {
  if (environment.flags.includes('u') && parameterValue(name, environment) === undefined) {
    throw new ExpansionError(`${/^[0-9!]/.test(name) ? '$' : ''}${name}: unbound variable`, true)
  }
}

function indirectName(part: ParameterPart, environment: ExpansionEnvironment): string {
  const target = parameterValue(part.name, environment)
  if (target === undefined) throw new ExpansionError(`${part.name}: invalid indirect expansion`)
  if (isName(target) || /^([0-9]+|[@*#?$!-])$/.test(target)) return target
  throw new ExpansionError(`${target}: invalid variable name`)
}

function lengthOf(name: string, environment: ExpansionEnvironment): number {
  if (name === '@' || name === '*') return environment.positional.length
  refuseUnset(name, environment)
  return Array.from(parameterValue(name, environment) ?? '').length
}

/** `- = ? +`: what to use instead of the value; undefined: the value. */
async function alternative(
  name: string,
  operation: Extract<ParameterOperation, { readonly colon: boolean }>,
  expansion: Expansion,
  expander: Expander,
): Promise<readonly Fragment[] | undefined> {
  const { op, colon, word } = operation
  const value = parameterValue(name, expander.environment)
  const missing = value === undefined || (colon && value === '')
  if (op === '+') return missing ? [result('', expansion)] : operandFragments(word, expansion, expander)
  if (!missing) return undefined
  if (op === '-') return operandFragments(word, expansion, expander)
  if (op === '?') {
    const message = await stringOf(word, expander)
    throw new ExpansionError(`${name}: ${message || (colon ? 'parameter null or not set' : 'parameter not set')}`, true)
  }
  if (!isName(name)) throw new ExpansionError(`$${name}: cannot assign in this way`)
  const assigned = await (expansion.quoted ? documentOf : stringOf)(word, expander)
  expander.environment.set(name, assigned)
  return [result(assigned, expansion)]
}

async function operandFragments(word: Word, expansion: Expansion, expander: Expander): Promise<Fragment[]> {
  if (expansion.quoted) {
    const fragments = await expander.parts(word.parts, { ...IN_QUOTES, fields: expansion.fields })
    return fragments.length > 0 ? fragments : [result('', expansion)]
  }
  const unsplit: Expansion = { ...WITHOUT_SPLITTING, tilde: 'start' }
  return expander.parts(word.parts, expansion.fields ? { ...PLAIN_WORD, splitLiterals: true } : unsplit)
}

/** The fragments of `$@` or `$*` with these values. */
function spread(
  name: string,
  values: readonly string[],
  expansion: Expansion,
  environment: ExpansionEnvironment,
): readonly Fragment[] {
  const { quoted, fields } = expansion
  const ifs = environment.get('IFS') ?? ' '
  if (name === '*' && (quoted || !fields)) {
    return [result(values.join(ifs.slice(0, 1)), expansion)]
  }
  if (!fields) return values.length === 0 ? [] : [result(values.join(' '), expansion)]
  // Unquoted, bash joins them by the first character of IFS and splits the whole again, so that an empty one in the
  // middle is a field exactly if that character is no blank.
  if (!quoted && ifs !== '') return values.length === 0 ? [] : [result(values.join(ifs.slice(0, 1)), expansion)]
  return values.flatMap((value, i) => (i === 0 ? [result(value, expansion)] : [BREAK, result(value, expansion)]))
}

/** What the operation does to each value; its words are expanded once. */
async function transformation(name: string, operation: ParameterOperation, expander: Expander): Promise<Transform> {
  switch (operation.op) {
    case '#':
    case '##':
    case '%':
    case '%%': {
      const pattern = compilePattern(await patternOf(operation.word, expander))
      const longest = operation.op.length === 2
      const remove = operation.op.startsWith('#') ? removePrefix : removeSuffix
      return (value) => remove(value, pattern, longest)
    }
    case '/':
    case '//':
    case '/#':
    case '/%': {
      const { op } = operation
      const pattern = compilePattern(await patternOf(operation.word, expander))
      const replacement = await replacementOf(operation.replacement, expander)
      return (value) => replaceMatches(value, pattern, replacement, op)
    }
    case '^':
    case '^^':
    case ',':
    case ',,': {
      const text = await patternOf(operation.word, expander)
      const pattern = text === '' ? undefined : compilePattern(text)
      return (value) => changeCase(value, pattern, operation.op)
    }
    case ':':
      return sliceString(name, operation, expander)
    default:
      return (value) => value
  }
}

/** Since bash 5.2 an unquoted `&` in the replacement is the match. */
async function replacementOf(word: Word | undefined, expander: Expander): Promise<(match: string) => string> {
  if (word === undefined) return () => ''
  const fragments = await expander.parts(word.parts, { ...WITHOUT_SPLITTING, tilde: 'start' })
  const textOf = (part: Fragment, match: string): string => {
    if (part === BREAK) return ' '
    return part.quoted ? part.text : part.text.replaceAll('&', () => match)
  }
  return (match) => fragments.map((part) => textOf(part, match)).join('')
}
