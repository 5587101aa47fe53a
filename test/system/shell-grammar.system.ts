import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandText, functionText, jobText, parse, singleQuote } from '../../src/userland/sh/grammar/index.ts'
import { COMMANDS, WRONG } from '../userland/grammar/commands.ts'
import { EXPRESSIONS, FILES, SCRIPTS, SETUP } from '../userland/grammar/expressions.ts'
import { MiniShell } from '../userland/grammar/mini-shell.ts'

const END = '\u0002--\u0002'
const DUMP = `dump() { printf %s "$#"; for arg; do printf '[%s]' "$arg"; done; }`

/** `SOQUETE_RECORD=1` keeps bash's answers for the unit tests, which run without it. */
const recorded: Record<string, string> = {}

function record(texts: readonly string[], answers: readonly string[]): void {
  texts.forEach((text, i) => {
    recorded[text] = answers[i] as string
  })
}

/** The same texts through bash and through our grammar: what they expand to, print as, and complain of. */
describe('bash does the same', () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'grammar-'))
    for (const file of FILES) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), '')
    }
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
    if (process.env['SOQUETE_RECORD'] === '1') {
      writeFileSync(new URL('../userland/grammar/bash.json', import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`)
    }
  })

  /** What each of these texts prints, standard output and error, in a subshell of one bash. */
  function bash(scripts: readonly string[]): string[] {
    const runs = scripts.map((text) => `( eval ${singleQuote(text)}; ) 2>&1; printf '${END}'`)
    const env = { HOME: '/home/u', PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' }
    const output = execFileSync('/bin/bash', ['--norc', '--noprofile', '-s'], {
      cwd: folder,
      env,
      encoding: 'utf8',
      input: `${DUMP}\nPWD=/base OLDPWD=/old\n${runs.join('\n')}\n`,
    })
    return output.split(END).slice(0, scripts.length)
  }

  /** Bash's output with its complaints, if any, in the mini shell's form. */
  const plain = (text: string): string =>
    text.replace(/(?:\/bin\/bash|bash): (?:eval: )?(?:line \d+: )?([\s\S]*)\n$/, 'error: $1')

  async function compare(scripts: readonly string[]): Promise<void> {
    const expected = bash(scripts)
    record(
      scripts.map((text) => text.slice(SETUP.length + 1)),
      expected.map(plain),
    )
    const differences: string[] = []
    for (const [i, text] of scripts.entries()) {
      const ours = await new MiniShell(FILES).run(text)
      const theirs = plain(expected[i] as string)
      if (ours !== theirs) differences.push(`${text.slice(SETUP.length + 1)}\n  bash: ${theirs}\n  ours: ${ours}`)
    }
    expect(differences).toEqual([])
  }

  test('expansions', () => compare(EXPRESSIONS.map((words) => `${SETUP}\ndump ${words}`)))

  test('assignments, IFS and positional parameters', () => compare(SCRIPTS.map((script) => `${SETUP}\n${script}`)))

  test('functions are printed back', () => {
    const texts = COMMANDS.map((command) => `f() { ${command}\n}`)
    const expected = bash(texts.map((text) => `${text}\ndeclare -f f`))
    const ours = texts.map((text) => {
      const parsed = parse(text)
      const command = parsed.ok ? parsed.script.items[0]?.list.first.commands[0] : undefined
      return command?.kind === 'function' ? `${functionText(command)}\n` : parsed
    })
    record(COMMANDS, expected)
    expect(ours).toEqual(expected)
  })

  test('jobs are printed back', () => {
    const texts = COMMANDS.filter((command) => !/[;&\n]\s*$|<<|<&3|^: & /.test(command))
    // `set -n` cannot be used: bash makes the text when it starts the job.
    const expected = bash(
      texts.map((text) => `set -m; exec 2>/dev/null; sleep 0 & wait; kill() { :; }; ${text} &\njobs`),
    )
    const ours = texts.map((text) => {
      const parsed = parse(`${text} &`)
      const items = parsed.ok ? parsed.script.items : []
      return items.at(-1) === undefined ? undefined : jobText((items.at(-1) as (typeof items)[number]).list)
    })
    const jobs = expected.map((text) => /^\[\d+\]. +(?:Running|Done|Exit \d+) +([\s\S]*?)(?: &)?\n$/.exec(text)?.[1])
    // A job that is over before `jobs` looks at it is printed too, but another line may come with it.
    const pairs = ours.flatMap((text, i) => (jobs[i] === undefined ? [] : [[text, jobs[i]] as const]))
    expect(pairs.map(([text]) => text)).toEqual(pairs.map(([, text]) => text))
    expect(pairs.length).toBeGreaterThan(10)
  })

  test('syntax errors', () => {
    const expected = WRONG.map((text) => {
      const env = { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }
      const script = `/bin/bash -n -c ${singleQuote(text)} 2>&1; true`
      return execFileSync('/bin/sh', ['-c', script], { env, encoding: 'utf8' })
    })
    const ours = WRONG.map((text) => {
      const parsed = parse(text)
      if (parsed.ok) return ''
      const source =
        parsed.sourceLine === undefined ? '' : `/bin/bash: -c: line ${parsed.line}: \`${parsed.sourceLine}'\n`
      return `/bin/bash: -c: line ${parsed.line}: ${parsed.message}\n${source}`
    })
    record(WRONG, expected)
    expect(ours).toEqual(expected)
  })

  test('a printed command reads as the same command', () => {
    for (const command of COMMANDS) {
      const parsed = parse(command)
      const again = parse(parsed.ok ? commandText(parsed.script) : '')
      expect(parsed.ok && again.ok && commandText(again.script)).toBe(parsed.ok && commandText(parsed.script))
    }
  })
})
