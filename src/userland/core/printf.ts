import type { Program } from '../../host/index.ts'
import { complain, usageError, writeOut } from './output.ts'
import { printfText } from './printf-text.ts'
import { quote } from './quote.ts'

export const program: Program = {
  name: 'printf',
  async main(proc) {
    const args = proc.argv.slice(1)
    // It calls itself as it was called.
    const name = proc.argv[0] ?? 'printf'
    if (args[0] === '--') args.shift()
    const [template, ...rest] = args
    if (template === undefined) return await usageError(proc, name, 'missing operand')
    const { text, code, complaints } = printfText(template, rest)
    const written = await writeOut(proc, 'printf', text)
    for (const complaint of complaints) await complain(proc, `${name}: ${gnu(complaint)}`)
    return written === 0 ? code : written
  },
}

/** GNU's words for what bash words otherwise. */
const gnu = (complaint: string): string => {
  const [, argument] = /^(.*): invalid number$/s.exec(complaint) ?? []
  if (argument === undefined) return complaint
  const begins = /^[-+]?[0-9]/.test(argument)
  return begins ? `${quote(argument)}: value not completely converted` : `${quote(argument)}: expected a numeric value`
}
