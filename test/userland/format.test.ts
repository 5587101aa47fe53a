import { describe, expect, test } from 'vitest'
import { type FormatValue, format } from '../../src/userland/format.ts'
import { columnWidths, formatTable } from '../../src/userland/table.ts'

/** Texts and values; the outcome is what printf of the C library gives. */
const FORMATS: readonly (readonly [string, readonly FormatValue[], string])[] = [
  ['%s|%5s|%-5s|%.2s|%5.1s|', ['a', 'b', 'c', 'def', 'ghi'], 'a|    b|c    |de|    g|'],
  ['%d|%5d|%-5d|%05d|%+d|% d|%i|', [1, -2, 3, -4, 5, 6, 7], '1|   -2|3    |-0004|+5| 6|7|'],
  ['%.3d|%6.3d|%06.3d|%.0d|', [5, -5, 5, 0], '005|  -005|   005||'],
  ['%x|%X|%#x|%08x|%o|%#o|%#x|', [255, 255, 255, 48879, 8, 8, 0], 'ff|FF|0xff|0000beef|10|010|0|'],
  ['%x|%u|%lx|', [-1, -1, -4294967297n], 'ffffffff|4294967295|fffffffeffffffff|'],
  ['%#06x|%#6x|%-#6x|', [10, 10, 10], '0x000a|   0xa|0xa   |'],
  ['%c|%c|%3c|%-3c|', [65, 'bcd', 'e', 'f'], 'A|b|  e|f  |'],
  ['%%|%5%|', [], '%|%|'],
  ['%*d|%-*d|%*d|%.*f|', [4, 1, 4, 2, -4, 3, 1, 2.25], '   1|2   |3   |2.2|'],
  [
    '%f|%.0f|%.1f|%.2f|%8.3f|%-8.3f|%08.3f|',
    [1.5, 2.5, 0.25, 0.125, 4.14159, 2, -1.5],
    '1.500000|2|0.2|0.12|   4.142|2.000   |-001.500|',
  ],
  ['%.0f|%.0f|%.0f|%.1f|%.3f|%#.0f|', [0.5, 1.5, 3.5, 0.35, 0.0005, 2], '0|2|4|0.3|0.001|2.|'],
  ['%e|%.2e|%.0E|', [12345.678, 0.00012, 5e100], '1.234568e+04|1.20e-04|5E+100|'],
  [
    '%g|%g|%g|%g|%g|%.3g|%#g|',
    [100000, 1000000, 0.0001, 0.00001, 0.05, 1234.5, 1],
    '100000|1e+06|0.0001|1e-05|0.05|1.23e+03|1.00000|',
  ],
  [
    '%.0f|%f|%F|%5d|%-6f|',
    [1e22, Number.NaN, Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY],
    '10000000000000000000000|nan|-INF|    0|inf   |',
  ],
  [
    '%ld|%llu|%hhd|%zu|',
    [9007199254740993n, 18446744073709551615n, 5, 6],
    '9007199254740993|18446744073709551615|5|6|',
  ],
  ['%s|%d|%s', ['a'], 'a|0|'],
  ['%y %', [1], '%y %'],
  ['%d', ['42abc'], '42'],
  ['%3s|%-3s|', ['é', '😀'], '  é|😀  |'],
]

describe('printf', () => {
  test.each(FORMATS)('%j', (text, values, expected) => expect(format(text, ...values)).toBe(expected))

  test('a width from outside is bounded', () => {
    expect(format('%*s', 1e12, 'x').length).toBe(65_536)
    expect(format('%99999999999d', 1).length).toBe(65_536)
  })
})

describe('columns', () => {
  test('are as wide as their widest cell, and the last is not padded', () => {
    const rows = [
      ['COMMAND', 'PID', 'NAME'],
      ['python3', '7', '*:http-alt (LISTEN)'],
      ['sh', '7220', 'x'],
    ]
    expect(formatTable([{}, { align: 'right' }, {}], rows)).toEqual([
      'COMMAND  PID NAME',
      'python3    7 *:http-alt (LISTEN)',
      'sh      7220 x',
    ])
  })

  test('keep to a least and a greatest width, and count characters', () => {
    const columns = [{ minimum: 4 }, { maximum: 3, align: 'right' as const }, { minimum: 3 }]
    expect(
      formatTable(
        columns,
        [
          ['é', 'abcdef', 'z'],
          ['😀', 'b'],
        ],
        { separator: '|', padLast: true },
      ),
    ).toEqual(['é   |abc|z  ', '😀   |  b|   '])
    expect(columnWidths(columns, [])).toEqual([4, 0, 3])
  })
})
