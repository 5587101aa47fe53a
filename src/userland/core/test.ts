import type { Program } from '../../host/index.ts'
import { complain } from './output.ts'
import { evaluateTest, TestError } from './test-expression.ts'

export const program: Program = {
  name: 'test',
  aliases: ['['],
  async main(proc) {
    const name = (proc.argv[0] ?? 'test').replace(/.*\//, '')
    const args = proc.argv.slice(1)
    if (name === '[' && args.pop() !== ']') {
      await complain(proc, "[: missing ']'")
      return 2
    }
    try {
      return evaluateTest(args, { process: proc }) ? 0 : 1
    } catch (error) {
      if (!(error instanceof TestError)) throw error
      await complain(proc, `${name}: ${error.message}`)
      return 2
    }
  },
}
