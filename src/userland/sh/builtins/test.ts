import { evaluateTest, TestError } from '../../core/test-expression.ts'
import { optionOfName } from '../options.ts'
import type { Builtin } from './index.ts'

/** `test` and `[`. */
export const test: Builtin = async (shell, words) => {
  const [name = 'test', ...args] = words
  if (name === '[' && args.pop() !== ']') {
    await shell.complain("[: missing `]'")
    return 2
  }
  try {
    const isTrue = evaluateTest(args, {
      process: shell.process,
      isSet: (variable) => shell.variables.get(variable) !== undefined,
      hasOption(option) {
        const known = optionOfName(option)
        return known !== undefined && shell.options.has(known)
      },
    })
    return isTrue ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    await shell.complain(`${name}: ${error.message}`)
    return 2
  }
}
