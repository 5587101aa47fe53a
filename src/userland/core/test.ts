import type { Program } from '../../host/index.ts'
import { complain } from './output.ts'
import { quote } from './quote.ts'
import { evaluateTest, TestError } from './test-expression.ts'

export const program: Program = {
  name: 'test',
  aliases: ['['],
  async main(proc) {
    const name = proc.argv[0] ?? 'test'
    const args = proc.argv.slice(1)
    if (name.endsWith('[') && args.pop() !== ']') {
      await complain(proc, `${name}: missing ${quote(']')}`)
      return 2
    }
    try {
      return evaluateTest(args, { process: proc }) ? 0 : 1
    } catch (error) {
      if (!(error instanceof TestError)) throw error
      await complain(proc, `${name}: ${gnu(error.message)}`)
      return 2
    }
  },
}

/** GNU's words for what bash words otherwise. */
const gnu = (message: string): string => {
  const [, integer] = /^(.*): integer expression expected$/s.exec(message) ?? []
  if (integer !== undefined) return `invalid integer ${quote(integer)}`
  const [, operand, kind] = /^(.*): (unary|binary) operator expected$/s.exec(message) ?? []
  if (operand !== undefined) return `${quote(operand)}: ${kind} operator expected`
  return message === 'too many arguments' ? 'extra argument' : message
}
