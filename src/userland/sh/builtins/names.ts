/** What a name means: type, command, builtin, hash, alias. */
import { functionText, singleQuote } from '../grammar/index.ts'
import { find, findAll, KEYWORDS } from '../lookup.ts'
import { execOrFork } from '../run-words.ts'
import type { Shell } from '../shell.ts'
import type { Builtin } from './index.ts'
import { readOptions } from './options.ts'
import { USAGE } from './usage.ts'

interface Meaning {
  readonly kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file'
  /** As `type` says it. */
  readonly sentence: string
  /** As `command -v` says it. */
  readonly short: string
  readonly path: string
}

/** Everything a name means, the meaning that counts first. */
const meanings = (shell: Shell, name: string): Meaning[] => {
  const found: Meaning[] = []
  const alias = shell.aliases.get(name)
  if (alias !== undefined)
    found.push({
      kind: 'alias',
      sentence: `${name} is aliased to \`${alias}'`,
      short: `alias ${name}=${singleQuote(alias)}`,
      path: '',
    })
  if (KEYWORDS.includes(name))
    found.push({ kind: 'keyword', sentence: `${name} is a shell keyword`, short: name, path: '' })
  const fn = shell.functions.get(name)
  if (fn !== undefined)
    found.push({
      kind: 'function',
      sentence: `${name} is a function\n${functionText(fn.definition)}`,
      short: name,
      path: '',
    })
  if (shell.engine.builtins.has(name))
    found.push({ kind: 'builtin', sentence: `${name} is a shell builtin`, short: name, path: '' })
  const hashed = shell.hashed.get(name)?.path
  findAll(shell, name).forEach((path, i) => {
    const isHashed = i === 0 && hashed === path
    found.push({ kind: 'file', sentence: `${name} is ${isHashed ? `hashed (${path})` : path}`, short: path, path })
  })
  return found
}

export const type: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'afptP')
  if (parsed === null) return 2
  const { options, operands } = parsed
  let status = 0
  for (const name of operands) {
    const all = meanings(shell, name).filter(({ kind }) => kind !== 'function' || !options.has('f'))
    const wanted = options.has('P') ? all.filter(({ kind }) => kind === 'file') : all
    const shown = options.has('a') ? wanted : wanted.slice(0, 1)
    if (shown.length === 0) {
      status = 1
      if (!options.has('t') && !options.has('p') && !options.has('P')) await shell.complain(`type: ${name}: not found`)
    }
    for (const meaning of shown) {
      if (options.has('t')) await shell.print(`${meaning.kind}\n`, 'type')
      else if (options.has('p') || options.has('P')) await shell.print(meaning.path === '' ? '' : `${meaning.path}\n`)
      else
        await shell.print(
          `${options.has('a') ? meaning.sentence.replace(/hashed \((.*)\)$/, '$1') : meaning.sentence}\n`,
        )
    }
  }
  return status
}

export const command: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'pVv')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (!options.has('v') && !options.has('V')) {
    const [name] = operands
    if (name === undefined) return 0
    const builtin = shell.engine.builtins.get(name)
    return builtin === undefined ? await execOrFork(shell, operands) : await builtin(shell, operands)
  }
  let status = 1
  for (const name of operands) {
    const [meaning] = meanings(shell, name)
    if (meaning === undefined) {
      if (options.has('V')) await shell.complain(`command: ${name}: not found`)
    } else {
      status = 0
      await shell.print(`${options.has('V') ? meaning.sentence : meaning.short}\n`, 'command')
    }
  }
  return status
}

export const builtin: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, '')
  if (parsed === null) return 2
  const [name] = parsed.operands
  if (name === undefined) return 0
  const found = shell.engine.builtins.get(name)
  if (found !== undefined) return await found(shell, parsed.operands)
  await shell.complain(`builtin: ${name}: not a shell builtin`)
  return 1
}

export const hash: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'rl')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (options.has('r')) shell.hashed.clear()
  let status = 0
  for (const name of operands) {
    const path = find(shell, name)
    if (path !== undefined) shell.hashed.set(name, { path, hits: 0 })
    else if (!shell.engine.builtins.has(name)) {
      await shell.complain(`hash: ${name}: not found`)
      status = 1
    }
  }
  if (operands.length > 0 || options.has('r')) return status
  if (shell.hashed.size === 0) {
    await shell.print('hash: hash table empty\n', 'hash')
    return 0
  }
  if (options.has('l'))
    return await shell.print(
      [...shell.hashed].map(([name, { path }]) => `builtin hash -p ${path} ${name}\n`).join(''),
      'hash',
    )
  const rows = [...shell.hashed.values()].map(({ path, hits }) => `${String(hits).padStart(4)}\t${path}\n`)
  return await shell.print(`hits\tcommand\n${rows.join('')}`, 'hash')
}

export const alias: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'p')
  if (parsed === null) return 2
  const { operands, options } = parsed
  const line = (name: string): string => `alias ${name}=${singleQuote(shell.aliases.get(name) ?? '')}\n`
  if (operands.length === 0 || options.has('p'))
    await shell.print([...shell.aliases.keys()].sort().map(line).join(''), 'alias')
  let status = 0
  for (const operand of operands) {
    const equals = operand.indexOf('=')
    const name = equals <= 0 ? operand : operand.slice(0, equals)
    if (equals > 0 && /[\s'"\\$`/|&;()<>]/.test(name)) {
      await shell.complain(`alias: \`${name}': invalid alias name`)
      status = 1
    } else if (equals > 0) shell.aliases.set(name, operand.slice(equals + 1))
    else if (shell.aliases.has(name)) await shell.print(line(name), 'alias')
    else {
      await shell.complain(`alias: ${name}: not found`)
      status = 1
    }
  }
  return status
}

export const unalias: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'a')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (options.has('a')) {
    shell.aliases.clear()
    return 0
  }
  if (operands.length === 0) return await shell.usage('unalias: usage: unalias [-a] name [name ...]')
  let status = 0
  for (const name of operands) {
    if (shell.aliases.delete(name)) continue
    await shell.complain(`unalias: ${name}: not found`)
    status = 1
  }
  return status
}

export const help: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 's')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (operands.length === 0) {
    const lines = Object.values(USAGE).map(([synopsis]) => ` ${synopsis}\n`)
    return await shell.print(
      `These shell commands are defined internally.  Type \`help' to see this list.\nType \`help name' to find out more about the function \`name'.\n\n${lines.join('')}`,
      'help',
    )
  }
  let status = 1
  for (const name of operands) {
    const found = Object.hasOwn(USAGE, name) ? USAGE[name] : undefined
    if (found === undefined) continue
    status = 0
    const [synopsis, summary] = found
    await shell.print(`${name}: ${synopsis}\n${options.has('s') ? '' : `    ${summary}\n`}`, 'help')
  }
  if (status !== 0) {
    const last = operands.at(-1) ?? ''
    await shell.complain(
      `help: no help topics match \`${last}'.  Try \`help help' or \`man -k ${last}' or \`info ${last}'.`,
    )
  }
  return status
}
