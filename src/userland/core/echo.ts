import type { Program } from '../../host/index.ts'
import { unescapeText } from './escapes.ts'
import { writeOut } from './output.ts'

/** What `echo` prints of its arguments. Options are read while every letter is one of `n e E`. */
export const echoText = (args: readonly string[]): string => {
  let newline = true
  let escapes = false
  let at = 0
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++) {
    const letters = (args[at] as string).slice(1)
    if (letters.includes('n')) newline = false
    for (const letter of letters) if (letter !== 'n') escapes = letter === 'e'
  }
  const text = args.slice(at).join(' ')
  if (!escapes) return newline ? `${text}\n` : text
  const unescaped = unescapeText(text, 'zero')
  return unescaped.stopped || !newline ? unescaped.text : `${unescaped.text}\n`
}

export const program: Program = {
  name: 'echo',
  main: (proc) => writeOut(proc, 'echo', echoText(proc.argv.slice(1))),
}
