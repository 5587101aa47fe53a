import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandText, functionText, parse } from '../../../src/userland/sh/grammar/index.ts'
import { COMMANDS, WRONG } from './commands.ts'
import { EXPRESSIONS, FILES, SCRIPTS, SETUP } from './expressions.ts'
import { MiniShell } from './mini-shell.ts'

/** What bash 5.2 answered to each text; `npm run system` asks it again. */
const BASH = JSON.parse(readFileSync(new URL('./bash.json', import.meta.url), 'utf8')) as Record<string, string>

describe('as bash answered', () => {
  test.each(EXPRESSIONS)('dump %s', async (words) => {
    expect(await new MiniShell(FILES).run(`${SETUP}\ndump ${words}`)).toBe(BASH[`dump ${words}`])
  })

  test.each(SCRIPTS)('%s', async (script) => {
    expect(await new MiniShell(FILES).run(`${SETUP}\n${script}`)).toBe(BASH[script])
  })

  test.each(COMMANDS)('prints %s back', (text) => {
    const parsed = parse(`f() { ${text}\n}`)
    const command = parsed.ok ? parsed.script.items[0]?.list.first.commands[0] : undefined
    expect(command?.kind === 'function' && `${functionText(command)}\n`).toBe(BASH[text])
  })

  test.each(COMMANDS)('reads %s again from what it printed', (text) => {
    const parsed = parse(text)
    const printed = parsed.ok ? commandText(parsed.script) : ''
    const again = parse(printed)
    expect(again.ok && commandText(again.script)).toBe(printed)
  })

  test.each(WRONG)('refuses %s', (text) => {
    const parsed = parse(text)
    if (parsed.ok) expect.unreachable()
    else {
      const place = `/bin/bash: -c: line ${parsed.line}: `
      const source = parsed.sourceLine === undefined ? '' : `${place}\`${parsed.sourceLine}'\n`
      expect(`${place}${parsed.message}\n${source}`).toBe(BASH[text])
    }
  })
})
