/**
 * Aliases, in interactive shells. bash replaces them as it reads; here a command that was read is read again with its alias in
 * place. So an alias that is half a command (`alias x='if true; then'`) does not work.
 */
import {
  type AndOrList,
  type Command,
  commandText,
  type Pipeline,
  parse,
  type SimpleCommand,
  type Word,
} from './grammar/index.ts'
import type { Shell } from './shell.ts'

/** The list with aliases in place, in all commands of its pipelines. */
export const expandAliases = (shell: Shell, list: AndOrList): AndOrList => {
  if (shell.aliases.size === 0) return list
  const pipelines = (pipeline: Pipeline): Pipeline => ({
    ...pipeline,
    commands: pipeline.commands.map((command) => (command.kind === 'simple' ? expand(shell, command, []) : command)),
  })
  return {
    first: pipelines(list.first),
    rest: list.rest.map(({ op, pipeline }) => ({ op, pipeline: pipelines(pipeline) })),
  }
}

const plainText = (word: Word | undefined): string | undefined => {
  const [part, ...more] = word?.parts ?? []
  return part?.kind === 'literal' && more.length === 0 ? part.text : undefined
}

const expand = (shell: Shell, command: SimpleCommand, seen: readonly string[]): Command => {
  const name = plainText(command.words[0])
  const value = name === undefined || seen.includes(name) ? undefined : shell.aliases.get(name)
  if (name === undefined || value === undefined) return command
  const rest = withNextAlias(shell, command.words.slice(1), value)
  const text = commandText({ ...command, words: rest, assignments: [] })
  const assignments = commandText({ ...command, words: [], redirections: [] })
  const parsed = parse(`${assignments}${assignments === '' ? '' : ' '}${value} ${text}`)
  if (!parsed.ok) return command
  const { items } = parsed.script
  const [item] = items
  const single = items.length === 1 && item !== undefined && !item.background && item.list.rest.length === 0
  const inner = single && !item.list.first.negated && item.list.first.timed === 'no' ? item.list.first.commands : []
  const [only] = inner
  if (inner.length === 1 && only !== undefined)
    return only.kind === 'simple' ? expand(shell, { ...only, line: command.line }, [...seen, name]) : only
  return { kind: 'group', body: parsed.script, redirections: [], line: command.line }
}

/** An alias that ends in a blank: the word after it may be one too. */
const withNextAlias = (shell: Shell, words: readonly Word[], value: string): readonly Word[] => {
  const next = plainText(words[0])
  const replaced = next === undefined || !/[ \t]$/.test(value) ? undefined : shell.aliases.get(next)
  if (replaced === undefined) return words
  return [{ parts: [{ kind: 'literal', text: replaced }] }, ...words.slice(1)]
}
