/** find(1): `expression` reads the command line, `search` walks. */
import type { Program } from '../../../host/index.ts'
import { complain, Output, writeOut } from '../output.ts'

import { Expression, FindError } from './expression.ts'
import { Search } from './search.ts'

export const program: Program = {
  name: 'find',
  async main(proc) {
    const args = proc.argv.slice(1)
    if (args[0] === '--help') return await writeOut(proc, 'find', 'Usage: find [path...] [expression]\n')
    while (args[0] === '-H' || args[0] === '-L' || args[0] === '-P') {
      if (args[0] === '-L') {
        await complain(proc, 'find: -L is not supported: symbolic links are not followed')
        return 1
      }
      args.shift()
    }
    const first = args.findIndex((arg) => /^(-.|[!(])/.test(arg))
    const paths = first < 0 ? args : args.slice(0, first)
    const out = new Output(proc, 'find')
    const expression = new Expression(proc, first < 0 ? [] : args.slice(first), out)
    try {
      const test = expression.parse()
      const search = new Search(proc, expression, test, out)
      for (const path of paths.length === 0 ? ['.'] : paths) await search.visit(path, 0)
      for (const { words, paths: gathered } of expression.gathered)
        if (gathered.length > 0 && (await expression.run([...words, ...gathered])) !== 0) search.code = 1
      return (await out.flush()) && !expression.failed ? search.code : 1
    } catch (error) {
      if (!(error instanceof FindError)) throw error
      await complain(proc, `find: ${error.message}`)
      return 1
    }
  },
}
