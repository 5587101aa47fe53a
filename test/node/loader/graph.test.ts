import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { node, oneHost } from '../program/running.ts'

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url))
const { net, host } = oneHost()
afterAll(() => net.close())

const run = (...args: string[]): ReturnType<typeof node> => node(host, args, { cwd: FIXTURES })
/** What a program prints, when it ends well. */
const output = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args)
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
  return stdout
}

describe('ES modules', () => {
  it('import built-ins, CommonJS and JSON, require, and import from evaluated code, all of the same process', async () => {
    expect(JSON.parse(await output('kinds.mjs'))).toEqual({
      ownProcess: true,
      builtin: true,
      legacy: ['named', 'named', 'star', true, true],
      data: { a: 1 },
      meta: [
        `${FIXTURES}kinds.mjs`,
        FIXTURES.slice(0, -1),
        pathToFileURL(`${FIXTURES}kinds.mjs`).href,
        pathToFileURL(`${FIXTURES}data.json`).href,
      ],
      evals: [true, true],
      required: { value: 42 },
      emitter: true,
      tag: '[object process]',
    })
  })

  it('may import in a circle', async () => {
    expect(await output('cycle-a.mjs')).toBe('b of a\n')
  })

  it('are recognised by their syntax where nothing says what a file is', async () => {
    expect(await output('unmarked.js')).toBe('42 true\n')
  })

  it('that await at top level cannot be required', async () => {
    const { code, stderr } = await run('-e', 'require("./async.mjs")')
    expect(code).toBe(1)
    expect(stderr).toContain('ERR_REQUIRE_ASYNC_MODULE')
  })

  it('say which name of a CommonJS module is missing', async () => {
    const { code, stderr } = await run('missing-name.mjs')
    expect(code).toBe(1)
    expect(stderr).toContain("import { nope } from './legacy.cjs'\n         ^^^^\n")
    expect(stderr).toContain(
      "SyntaxError: Named export 'nope' not found. The requested module './legacy.cjs' is a CommonJS",
    )
  })

  it('that do not exist end the program with exit code 1', async () => {
    const { code, stderr } = await run('-e', 'import("./nowhere.mjs")')
    expect(code).toBe(1)
    expect(stderr).toContain("code: 'ERR_MODULE_NOT_FOUND'")
  })

  it('need the attribute for JSON', async () => {
    const { stderr } = await run('--input-type=module', '-e', 'import "./data.json"')
    expect(stderr).toMatch(/ERR_IMPORT_(ATTRIBUTE|ASSERTION_TYPE)_MISSING/)
  })
})

describe('CommonJS', () => {
  it('may declare the names that are given to it', async () => {
    expect(await output('declares.cjs')).toBe(`function function 0 true ${FIXTURES}declares.cjs\n`)
  })

  it('patches Module of its own process alone', async () => {
    const expected = '[{"patched":true},"text",2]\n'
    expect(await output('patches.cjs')).toBe(expected)
    expect(await output('patches.cjs')).toBe(expected)
    const { stderr } = await run('-e', 'require("virtual-thing")')
    expect(stderr).toContain("Cannot find module 'virtual-thing'")
  })

  it('loads trees of npm', async () => {
    expect(await output('trees.mjs', '--name', 'x')).toBe('x 2\n')
  })
})

describe('TypeScript', () => {
  it('has its types taken out where Node does that', async () => {
    const { stdout, stderr } = await run('typed/main.mts')
    if (process.features.typescript === 'strip') expect(stdout).toBe('8 12\n')
    else expect(stderr).toContain('ERR_UNKNOWN_FILE_EXTENSION')
  })
})

describe('the command line', () => {
  it('evaluates and prints', async () => {
    expect(await output('-p', '[1 + 1, __filename, typeof require, process.argv.length]', 'x')).toBe(
      "[ 2, '[eval]', 'function', 2 ]\n",
    )
    expect(await output('-e', 'console.log(process.argv.slice(1))', 'a', '--b')).toBe("[ 'a', '--b' ]\n")
    expect(await output('-e', 'import { value } from "./module.mjs"; console.log(value)')).toBe('42\n')
  })

  it('preloads', async () => {
    expect(await output('-r', './patches.cjs', '--import', './cycle-a.mjs', '-p', '3')).toMatch(/^\[.*\]\nb of a\n3\n$/)
  })

  it('tells versions', async () => {
    expect(await output('--version')).toBe(`${process.version}\n`)
  })

  it('checks syntax', async () => {
    expect(await run('--check', 'kinds.mjs')).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    expect((await run('-c', '../../program/fixtures/syntax.cjs')).code).toBe(1)
  })

  it('refuses what it does not know with exit code 9', async () => {
    expect(await run('--nonsense', 'kinds.mjs')).toMatchObject({ code: 9, stderr: 'node: bad option: --nonsense\n' })
    expect(await run('--max-http-header-size=1', 'x')).toMatchObject({ code: 9 })
    expect(await run('-e')).toMatchObject({ code: 9, stderr: 'node: -e requires an argument\n' })
  })
})
