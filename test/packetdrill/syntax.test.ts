import { expect, test } from 'vitest'
import { parseScript, ScriptError } from '../../src/packetdrill/index.ts'

const event = (text: string) => {
  const [first, ...others] = parseScript(text).events
  expect(others).toEqual([])
  return first
}
const action = (text: string) => event(text)?.action

const problem = (text: string): string => {
  try {
    parseScript(text)
  } catch (error) {
    if (error instanceof ScriptError) return error.describe('x.pkt')
    throw error
  }
  return 'none'
}

const MS = 1e6

test('times are absolute, relative, any, or ranges of these', () => {
  expect(event('0.25 close(3) = 0')?.time).toEqual({ kind: 'absolute', from: 250 * MS, to: 250 * MS })
  expect(event('+.01 close(3) = 0')?.time).toEqual({ kind: 'relative', from: 10 * MS, to: 10 * MS })
  expect(event('* close(3) = 0')?.time.kind).toBe('any')
  expect(event('1~2.5 close(3) = 0')?.time).toEqual({ kind: 'absolute', from: 1000 * MS, to: 2500 * MS })
  expect(event('+0~+.2 close(3) = 0')?.time).toEqual({ kind: 'relative', from: 0, to: 200 * MS })
})

test('a blocking call has an end on the base of its start', () => {
  const found = event('+0...0.2 accept(3, ..., ...) = 4')
  expect(found?.time).toEqual({ kind: 'relative', from: 0, to: 0 })
  expect(found?.end).toEqual({ kind: 'relative', from: 200 * MS, to: 200 * MS })
  expect(event('0.1...0.2 read(4, ..., 10) = 10')?.end?.kind).toBe('absolute')
  expect(event('0 close(3) = 0')?.end).toBeNull()
})

test('calls have integers, symbols, strings, lists, structures and an errno with its text', () => {
  expect(
    action('0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0x10}, 8) = -1 EINVAL (Invalid argument)'),
  ).toEqual({
    kind: 'call',
    name: 'setsockopt',
    args: [
      { kind: 'number', value: 3 },
      { kind: 'symbol', name: 'SOL_SOCKET' },
      { kind: 'symbol', name: 'SO_LINGER' },
      {
        kind: 'struct',
        fields: [
          { name: 'onoff', size: null, value: { kind: 'number', value: 1 } },
          { name: 'linger', size: null, value: { kind: 'number', value: 16 } },
        ],
      },
      { kind: 'number', value: 8 },
    ],
    result: { value: { kind: 'number', value: -1 }, errno: 'EINVAL' },
  })
  expect(action('0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0x802 (flags O_RDWR|O_NONBLOCK)')).toMatchObject({
    args: [{}, {}, { kind: 'or', parts: [{ name: 'O_RDWR' }, { name: 'O_NONBLOCK' }] }],
    result: { value: { value: 0x802 }, errno: null },
  })
  expect(action('0 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0}, 0) = 100')).toMatchObject({
    args: [
      {},
      {
        fields: [
          { name: 'msg_name', size: { kind: 'ellipsis' }, value: { kind: 'ellipsis' } },
          { name: 'msg_iov', value: { items: [{ fields: [{ name: '' }, { name: '', value: { value: 100 } }] }] } },
          { name: 'msg_flags' },
        ],
      },
      {},
    ],
  })
  expect(
    action('0 bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("10.0.0.1")}, 16) = 0'),
  ).toMatchObject({
    args: [{}, { fields: [{}, { value: { name: 'htons' } }, { value: { args: [{ value: '10.0.0.1' }] } }] }, {}],
  })
})

test('packets have flags, ranges, acknowledgments, windows, urgent pointers and options in order', () => {
  expect(action('0 < [ect0] 5000 > 8080 PU. 1:11(10) ack 1 win 257 urg 4 <nop,nop,TS val 7 ecr 9>')).toEqual({
    kind: 'packet',
    direction: 'in',
    ip: { ecn: 'ect0', tos: null, ttl: null },
    ports: { source: 5000, destination: 8080 },
    body: {
      kind: 'tcp',
      flags: 0x38,
      sequence: { start: 1, length: 10 },
      ack: 1,
      window: 257,
      urgent: 4,
      options: [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'TS', value: 7, echo: 9 }],
    },
    text: '< [ect0] 5000 > 8080 PU. 1:11(10) ack 1 win 257 urg 4 <nop,nop,TS val 7 ecr 9>',
  })
  expect(action('0 > S. 0:0(0) ack 1 <...>')).toMatchObject({ direction: 'out', body: { options: null } })
  expect(action('0 > R 1:1(0)')).toMatchObject({ body: { flags: 4, ack: null, options: [] } })
  expect(action('0 < - 1:2(1)')).toMatchObject({ body: { flags: 0 } })
  expect(action('0 > . 1:1(0) ack 1 <sack 1001:2001 3001:4001,kind 254 f9ab>')).toMatchObject({
    body: {
      options: [
        {
          kind: 'sack',
          blocks: [
            [1001, 2001],
            [3001, 4001],
          ],
        },
        { kind: 'raw', number: 254, bytes: [0xf9, 0xab] },
      ],
    },
  })
  expect(action('0 < S 0:0(0) win 1 <FO 0a0b,FOEXP,FOEXP aa>')).toMatchObject({
    body: {
      options: [
        { kind: 'raw', number: 34, bytes: [10, 11] },
        { number: 254, bytes: [0xf9, 0x89] },
        { number: 254, bytes: [0xf9, 0x89, 0xaa] },
      ],
    },
  })
  expect(action('0 < . 1:1(0) win 5')).toMatchObject({ body: { ack: null, window: 5 } })
  expect(action('0 > udp (100)')).toMatchObject({ body: { kind: 'udp', length: 100 } })
  expect(action('0 < icmp unreachable frag_needed mtu 1400 [1:1001(1000)]')).toMatchObject({
    body: { type: 'unreachable', code: 'frag_needed', mtu: 1400, quoted: { start: 1, length: 1000 } },
  })
  expect(action('0 < icmp source_quench mtu 1')).toMatchObject({ body: { code: null, mtu: 1, quoted: null } })
})

test('a packet ends with its line: the next may begin with anything', () => {
  const { events } = parseScript('0 > . 1:1(0) ack 1\n+0 < . 1:1(0) ack 1 win 5\n+.1 < F. 1:1(0) ack 1 win 5')
  expect(events.map(({ line, action: { kind } }) => [line, kind])).toEqual([
    [1, 'packet'],
    [2, 'packet'],
    [3, 'packet'],
  ])
})

test('options come first; comments are skipped; commands stand in backquotes', () => {
  const script = parseScript(
    '// one\n--tolerance_usecs=10000 # two\n--strict_segments\n/* three\n lines */ `sysctl -q a=1\n b=2`\n0 close(3) = 0\n`done`',
  )
  expect(script.options).toEqual([
    { line: 2, name: 'tolerance_usecs', value: '10000' },
    { line: 3, name: 'strict_segments', value: '' },
  ])
  expect(script.events.map(({ line, action: { kind } }) => [line, kind])).toEqual([
    [5, 'command'],
    [7, 'call'],
    [8, 'command'],
  ])
  expect(script.events[0]?.action).toEqual({ kind: 'command', text: 'sysctl -q a=1\n b=2' })
})

test('code blocks are statements on lines or between semicolons', () => {
  const text =
    '+0 %{ assert 1 < tcpi_snd_cwnd <= 10 and not (tcpi_lost or\n 0), tcpi_rto; x = -2 * 3 # why\n\nprint x, "y" }%'
  const code = action(text)
  if (code?.kind !== 'code') throw new Error('not code')
  expect(code.statements.map(({ kind, line }) => [kind, line])).toEqual([
    ['assert', 1],
    ['assign', 2],
    ['print', 4],
  ])
  expect(code.statements[0]).toMatchObject({
    text: 'assert 1 < tcpi_snd_cwnd <= 10 and not (tcpi_lost or\n 0), tcpi_rto',
    test: { operator: 'and', left: { kind: 'compare' }, right: { operator: 'not', operand: { operator: 'or' } } },
    message: { name: 'tcpi_rto' },
  })
})

test.each([
  [
    '0 close(3) = 0\n+0 < Q 1:1(0)',
    'x.pkt:2:6: syntax error: expected TCP flags (F S R P U E W . or -), udp or icmp, but found "Q 1:1(0)"',
  ],
  ['0 < . 1:2(0) ack 1', 'x.pkt:1:7: syntax error: a range of 0 octets, but found "1:2(0) ack 1"'],
  ['0 close(3', 'x.pkt:1:10: syntax error: expected ")" or "," here, but found the end'],
  [
    '0 close(3)\n0 close(4) = 0',
    'x.pkt:2:1: syntax error: expected "=" and the result of close, but found "0 close(4) = 0"',
  ],
  [
    '+0...0.2 > . 1:1(0) ack 1',
    'x.pkt:1:10: syntax error: a system call: nothing else takes time, but found "> . 1:1(0) ack 1"',
  ],
  [
    '0 > S 0:0(0) <mss 1460, magic 3>',
    'x.pkt:1:25: syntax error: mss, wscale, sackOK, TS, sack, nop, eol, FO, FOEXP or kind, not the TCP option "magic", but found "magic 3>"',
  ],
  ['2~1 close(3) = 0', 'x.pkt:1:3: syntax error: a range that ends after it begins, but found "1 close(3) = 0"'],
  ['0 `never ends', 'x.pkt:1:3: syntax error: expected a command that ends with "`", but found "`never ends"'],
  ['0 %{ assert x', 'x.pkt:1:6: syntax error: "}%" after this code, but found "assert x"'],
  [
    '0 %{ assert x ** 2 }%',
    'x.pkt:1:15: syntax error: an operator of this language, which has no **, but found "** 2"',
  ],
  ['0 %{\n  import os }%', 'x.pkt:2:3: syntax error: assert, print or an assignment, but found "import os"'],
  ['0 %{ assert (1 == 1 }%', 'x.pkt:1:21: syntax error: expected ")" here, but found the end'],
])('what is no script is told with its line and column: %j', (text, message) => {
  expect(problem(text)).toBe(message)
})
