/** The tables of socket options in docs/berkeley.md say what the table of the sockets says. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as constants from '../../src/socket/constants.ts'
import { options, type SocketOption } from '../../src/socket/index.ts'

const numbers: Readonly<Record<string, number>> = constants
const page = readFileSync('docs/berkeley.md', 'utf8')

/** The rows of the table that begins with this head, cell by cell. */
const rowsUnder = (head: string): string[][] => {
  const lines = page.split('\n')
  const at = lines.indexOf(head)
  if (at < 0) throw new Error(`docs/berkeley.md has no table "${head}"`)
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'))
  const rows = lines.slice(at + 2, end < 0 ? undefined : end)
  return rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** `NAME` or `NAME` (read only): the name, and what else is said. */
const parseOptions = (cell: string): { name: string; note: string }[] =>
  cell.split(', ').map((text) => {
    const match = /^`(\w+)`(?: \((.+)\))?$/.exec(text)
    if (match === null) throw new Error(`docs/berkeley.md: "${text}" is no option`)
    return { name: match[1] as string, note: match[2] ?? '' }
  })

const ALL = ['tcp', 'udp', 'ping', 'raw']

const noteOf = ({ status, get, set }: SocketOption): string =>
  status === 'refused' ? '' : set === null ? 'read only' : get === null ? 'set only' : ''

/** One line for an option of one kind of socket. */
const line = (level: string, status: string, kind: string, name: string, note: string): string =>
  [level, status, kind, name, note].join(' ').trim()

const levelName = (level: number): string =>
  ['SOL_SOCKET', 'SOL_IP', 'SOL_IPV6', 'SOL_TCP', 'SOL_UDP', 'SOL_RAW'].find((name) => numbers[name] === level) ??
  `${level}`

describe('docs/berkeley.md', () => {
  const documented = rowsUnder('| level | status | sockets | options |').flatMap(
    ([level = '', status = '', sockets = '', cell = '']) =>
      parseOptions(cell).flatMap(({ name, note }) =>
        (sockets === 'all' ? ALL : sockets.split(', ')).map((kind) => line(level, status, kind, name, note)),
      ),
  )
  const real = options.flatMap((option) =>
    option.kinds.map((kind) => line(levelName(option.level), option.status, kind, option.symbol, noteOf(option))),
  )

  test('every option stands under its level, status and sockets, with what cannot be read or set', () => {
    expect([...documented].sort()).toEqual([...real].sort())
  })

  test('no option is named twice for one kind of socket', () => {
    expect(new Set(documented).size).toBe(documented.length)
  })

  test('the names are those of the constants', () => {
    for (const { symbol, name } of options) expect([symbol, numbers[symbol]]).toEqual([symbol, name])
  })

  test('every option stands beside the value that it takes', () => {
    const words: Readonly<Record<SocketOption['form'], string>> = {
      bool: '0 or 1',
      int: 'a number',
      byte: 'a number',
      linger: '`{ onoff, linger }`',
      time: '`{ seconds, fraction }`',
      text: 'a text',
      record: 'an object',
    }
    const given = new Map<string, string>()
    for (const [value = '', cell = ''] of rowsUnder('| value | options |')) {
      if (cell === 'all others') {
        expect(value).toBe('a number')
        continue
      }
      for (const { name } of parseOptions(cell)) {
        expect(given.has(name), name).toBe(false)
        given.set(name, value)
      }
    }
    const stated = new Map(
      [...new Set(options.map(({ symbol }) => symbol))].map((name) => [name, given.get(name) ?? 'a number']),
    )
    // Options that all kinds of sockets do not take alike, such as SO_LINGER, have one form.
    const taken = new Map(options.map(({ symbol, form }) => [symbol, words[form]]))
    expect(stated).toEqual(taken)
    expect([...given.keys()].filter((name) => !taken.has(name))).toEqual([])
  })
})
