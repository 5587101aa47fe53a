import { describe, expect, test } from 'vitest'
import {
  evaluateArithmetic,
  expandBraces,
  hasGlob,
  matches,
  parse,
  quotePattern,
} from '../../../src/userland/sh/grammar/index.ts'
import { MiniShell } from './mini-shell.ts'

describe('patterns', () => {
  test.each([
    ['*', ''],
    ['*', 'abc'],
    ['a*c', 'abbc'],
    ['a*b*c', 'axbxbxc'],
    ['?', 'é'],
    ['?', '😀'],
    ['[a-c]', 'b'],
    ['[!a-c]', 'd'],
    ['[^a]', 'b'],
    ['[]a]', ']'],
    ['[a-]', '-'],
    ['[[:digit:]]', '7'],
    ['[![:space:]]', 'a'],
    ['\\*', '*'],
    ['[\\]]', ']'],
    ['[a', '[a'],
    ['a\\', 'a\\'],
    ['**', 'ab'],
    ['[[:alpha:]_]*', '_x'],
    ['[é-ë]', 'ê'],
  ])('%s matches %s', (pattern, text) => expect(matches(pattern, text)).toBe(true))

  test.each([
    ['', 'a'],
    ['a', ''],
    ['a*c', 'ab'],
    ['?', ''],
    ['?', 'ab'],
    ['[a-c]', 'd'],
    ['[!a-c]', 'b'],
    ['\\*', 'a'],
    ['[[:digit:]]', 'x'],
    ['[[:nosuch:]]', 'n'],
  ])('%s does not match %s', (pattern, text) => expect(matches(pattern, text)).toBe(false))

  test('a quoted text matches itself alone', () => {
    for (const text of ['*', '[a]', 'a?b', '\\', '[!x]', 'a-b']) {
      expect(matches(quotePattern(text), text)).toBe(true)
      expect(hasGlob(quotePattern(text))).toBe(false)
    }
  })

  test('many stars take no exponential time', () => {
    expect(matches('*a'.repeat(40), 'a'.repeat(200))).toBe(true)
    expect(matches(`${'*a'.repeat(40)}b`, 'a'.repeat(2000))).toBe(false)
  })
})

describe('bounds', () => {
  test('a brace expansion that would fill the memory is refused', async () => {
    expect(await new MiniShell().run('dump {1..1000}{1..1000}{1..1000}')).toMatch(/^error: brace expansion/)
    expect(await new MiniShell().run('dump {1..99999999999}')).toMatch(/^error: brace expansion/)
    const parsed = parse('x{a,b}')
    const command = parsed.ok ? parsed.script.items[0]?.list.first.commands[0] : undefined
    expect(command?.kind === 'simple' && expandBraces(command.words[0] as never)?.length).toBe(2)
  })

  test('arithmetic wraps at 64 bits and stops at names that name each other', () => {
    const none = { get: () => undefined, set: () => undefined }
    expect(evaluateArithmetic('9223372036854775807 + 1', none)).toBe(-9223372036854775808n)
    expect(evaluateArithmetic('3**40', none)).toBe(12157665459056928801n - 18446744073709551616n)
    expect(() => evaluateArithmetic('a', { get: () => 'a', set: () => undefined })).toThrow('recursion level exceeded')
    expect(() => evaluateArithmetic('('.repeat(5000), none)).toThrow('recursion level exceeded')
    expect(() => evaluateArithmetic('-'.repeat(5000), none)).toThrow()
  })
})
