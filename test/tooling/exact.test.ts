import { describe, expect, test } from 'vitest'
import { lintExact } from '../../scripts/lint/exact.ts'

const messages = (file: string, text: string): string[] => lintExact(file, text).map(({ message }) => message)

describe('the exactness lint', () => {
  test.each([
    ['a ** 2'],
    ['a **= 2'],
    ['Math.pow(a, 2)'],
    ["Math['pow'](a, 2)"],
    ['const { pow } = Math'],
    ['const m = Math'],
    ['Math.cbrt(a)'],
    ['Math.expm1(a)'],
    ['Math.log2(a)'],
    ['Math.tan(a)'],
    ['Math.hypot(a, b)'],
    ['Math.random()'],
    ['Date.now()'],
    ['new Date()'],
    ['new Date(2026, 1, 2)'],
    ['Date()'],
    ['Intl.DateTimeFormat'],
    ['names.sort((x, y) => x.localeCompare(y))'],
  ])('finds %s on an upper floor', (text) => {
    expect(messages('src/userland/ls.ts', text)).toHaveLength(1)
  })

  test.each([
    ['new Date(0)'],
    ['let d: Date'],
    ['Date.UTC(1970)'],
    ['setTimeout(f, 1)'],
    ['setInterval(f, 1)'],
    ['queueMicrotask(f)'],
    ['new Promise(f)'],
    ['let p: Promise<void>'],
    ['const f = async () => 1'],
    ['performance.now()'],
    ['crypto.getRandomValues(a)'],
    ['process.env'],
  ])('finds %s on a sans-I/O floor', (text) => {
    expect(messages('src/tcp/rto.ts', text)).toHaveLength(1)
  })

  test.each([
    ['new Date(0).toUTCString()'],
    ['Date.UTC(1970)'],
    ['let d: Date'],
    ['setTimeout(f, 1)'],
    ['const f = async () => new Promise(g)'],
    ['performance.now()'],
  ])('lets %s pass on an upper floor', (text) => {
    expect(messages('src/network/run.ts', text)).toEqual([])
  })

  test.each([
    ['Math.sqrt(a) + Math.imul(a, b) + Math.floor(Math.PI)'],
    ['x.Date + x.Math.random'],
    ['const o = { Date: 1, performance: 2 }'],
    ["import { Promise as P } from './x.ts'"],
    ['/* a ** b, Math.random() */'],
  ])('lets %s pass everywhere', (text) => {
    expect(messages('src/tcp/rto.ts', text)).toEqual([])
  })

  test('leaves the command alone', () => {
    expect(messages('src/cli/main.ts', 'Date.now() ** Math.random()')).toEqual([])
  })

  test('says where', () => {
    expect(lintExact('src/tcp/rto.ts', 'const a = 1\n  const b = a ** 2\n')).toEqual([
      { file: 'src/tcp/rto.ts', line: 2, column: 13, message: expect.stringContaining('**') },
    ])
  })
})
