import { expandString, parse, singleQuote } from './grammar/index.ts'
import type { Shell } from './shell.ts'

/** A word as `set -x` shows it: quoted only where it must be. */
export const tracedWord = (word: string): string =>
  word === '' ? "''" : /^[\w%+,\-./:=@^~!]+$/.test(word) && !/^~/.test(word) ? word : singleQuote(word)

/** One line of `set -x`, after PS4, which is expanded; its first character is repeated within `$(…)`. */
export const traceLine = async (shell: Shell, text: string): Promise<void> => {
  const wasOn = shell.options.has('xtrace')
  shell.options.set('xtrace', false)
  const { lastStatus } = shell
  const prefix = await expandPrompt(shell, shell.variables.get('PS4') ?? '+ ')
  shell.lastStatus = lastStatus
  shell.options.set('xtrace', wasOn)
  const depth = Array.from(prefix)[0]?.repeat(shell.substitutions) ?? ''
  await shell.write(2, `${depth}${prefix}${text}\n`)
}

/** Parameters, substitutions and arithmetic in a prompt, as in double quotes; as it is when it cannot be read. */
export const expandPrompt = async (shell: Shell, text: string): Promise<string> => {
  if (!/[$`\\]/.test(text)) return text
  const parsed = parse(`: "${text.replaceAll('"', '\\"')}"`)
  const command = parsed.ok ? parsed.script.items[0]?.list.first.commands[0] : undefined
  const word = command?.kind === 'simple' ? command.words[1] : undefined
  return word === undefined ? text : await expandString(word, shell.environment)
}
