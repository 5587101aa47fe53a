import { echoText } from '../../core/echo.ts'
import { printfText } from '../../core/printf-text.ts'
import { isName } from '../grammar/index.ts'
import type { Builtin } from './index.ts'
import { readOptions, usage } from './options.ts'

export const echo: Builtin = (shell, words) => shell.print(echoText(words.slice(1)))

export const printf: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'v:')
  if (parsed === null) return 2
  const [template, ...args] = parsed.operands
  if (template === undefined) return await usage(shell, 'printf')
  const name = parsed.options.get('v')
  if (name !== undefined && !isName(name)) {
    await shell.complain(`printf: \`${name}': not a valid identifier`)
    return 2
  }
  const { text, code, complaints } = printfText(template, args)
  if (name !== undefined) shell.environment.set(name, text)
  const written = name === undefined ? await shell.print(text, 'printf') : 0
  for (const complaint of complaints) await shell.complain(`printf: ${complaint}`)
  return written === 0 ? code : written
}
