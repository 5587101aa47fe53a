/** `[[ … ]]`. */
import { escapeRegExp, PatternError, translate } from '../core/grep/pattern.ts'
import { binary, unary } from '../core/test-expression.ts'
import {
  type Conditional,
  compilePattern,
  evaluateArithmetic,
  expandPattern,
  expandRegex,
  expandString,
  matches,
  type Word,
} from './grammar/index.ts'
import { optionOfName } from './options.ts'
import type { Shell } from './shell.ts'

/** 0 true, 1 false, 2 a regular expression that is none. */
export const runConditional = async (shell: Shell, expression: Conditional): Promise<number> => {
  try {
    return (await holds(shell, expression)) ? 0 : 1
  } catch (error) {
    // bash is silent too.
    if (error instanceof PatternError || error instanceof SyntaxError) return 2
    throw error
  }
}

const holds = async (shell: Shell, expression: Conditional): Promise<boolean> => {
  switch (expression.op) {
    case '&&':
      return (await holds(shell, expression.left)) && (await holds(shell, expression.right))
    case '||':
      return (await holds(shell, expression.left)) || (await holds(shell, expression.right))
    case 'not':
      return !(await holds(shell, expression.inner))
    case 'group':
      return await holds(shell, expression.inner)
    case 'word':
      return (await expandString(expression.word, shell.environment)) !== ''
    case 'unary':
      return unary(expression.operator, await expandString(expression.word, shell.environment), contextOf(shell))
    default:
      return await compare(shell, expression.operator, expression.left, expression.right)
  }
}

const contextOf = (shell: Shell) => ({
  process: shell.process,
  isSet: (name: string): boolean => shell.variables.get(name) !== undefined,
  hasOption(name: string): boolean {
    const option = optionOfName(name)
    return option !== undefined && shell.options.has(option)
  },
})

const NUMERIC: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
}

const compare = async (shell: Shell, operator: string, leftWord: Word, rightWord: Word): Promise<boolean> => {
  const { environment } = shell
  const left = await expandString(leftWord, environment)
  if (operator === '=' || operator === '==' || operator === '!=') {
    const pattern = compilePattern(await expandPattern(rightWord, environment))
    return matches(pattern, left) === (operator !== '!=')
  }
  if (operator === '=~') {
    const source = await expandRegex(rightWord, environment, escapeRegExp)
    return new RegExp(translate(source, 'extended'), 'u').test(left)
  }
  const right = await expandString(rightWord, environment)
  const numeric = NUMERIC[operator]
  if (numeric === undefined) return binary(left, operator, right, { process: shell.process })
  return numeric(evaluateArithmetic(left, environment), evaluateArithmetic(right, environment))
}
