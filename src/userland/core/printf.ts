import type { Program } from '../../host/index.ts'
import { complain, usageError, writeOut } from './output.ts'
import { printfText } from './printf-text.ts'

export const program: Program = {
  name: 'printf',
  async main(proc) {
    const args = proc.argv.slice(1)
    if (args[0] === '--') args.shift()
    const [template, ...rest] = args
    if (template === undefined) return await usageError(proc, 'printf', 'missing operand')
    const { text, code, complaints } = printfText(template, rest)
    const written = await writeOut(proc, 'printf', text)
    for (const complaint of complaints) await complain(proc, `printf: ${gnu(complaint)}`)
    return written === 0 ? code : written
  },
}

/** GNU's words for what bash words otherwise. */
const gnu = (complaint: string): string => {
  const [, argument] = /^(.*): invalid number$/s.exec(complaint) ?? []
  if (argument === undefined) return complaint
  const begins = /^[-+]?[0-9]/.test(argument)
  return begins ? `'${argument}': value not completely converted` : `'${argument}': expected a numeric value`
}
