import { describe, expect, test } from 'vitest'
import { parseDuration, parseProbability, parseQueue, parseRate, parseSize } from '../../src/link/units.ts'

describe('units as in tc(8)', () => {
  test.each([
    ['20ms', 20_000_000],
    ['20 ms', 20_000_000],
    ['20msec', 20_000_000],
    ['1.5s', 1_500_000_000],
    ['.5us', 500],
    ['3usecs', 3000],
    ['7ns', 7],
    ['2min', 120_000_000_000],
    ['24h', 86_400_000_000_000],
    ['0', 0],
    ['1.5MS', 1_500_000],
    [1234, 1234],
    [0, 0],
    ['0.0000000004s', 0],
  ])('duration %j', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds)
  })

  test.each([
    ['10mbit', 1e7],
    ['1.5Mbit', 1_500_000],
    ['64kbit', 64_000],
    ['1gbit', 1e9],
    ['100', 100],
    [9600, 9600],
    ['1kbps', 8000],
    ['1mbps', 8e6],
    ['1kibit', 1024],
    ['1mibps', 8_388_608],
    ['56bit', 56],
    ['0', 0],
  ])('rate %j', (text, bits) => {
    expect(parseRate(text)).toBe(bits)
  })

  test.each([
    ['64kb', 65_536],
    ['64k', 65_536],
    ['1mb', 1_048_576],
    ['1500b', 1500],
    ['1500', 1500],
    [1500, 1500],
    ['1mbit', 131_072],
    ['0.5k', 512],
  ])('size %j', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each([
    [0.01, 0.01],
    ['0.01', 0.01],
    ['1%', 0.01],
    ['100%', 1],
    ['.5', 0.5],
    [0, 0],
    [1, 1],
    ['12.5 %', 0.125],
  ])('probability %j', (text, probability) => {
    expect(parseProbability(text)).toBe(probability)
  })

  test('a queue is bounded in bytes or in packets', () => {
    expect(parseQueue('64kb')).toEqual({ bytes: 65_536, packets: Infinity })
    expect(parseQueue(3000)).toEqual({ bytes: 3000, packets: Infinity })
    expect(parseQueue('100p')).toEqual({ bytes: Infinity, packets: 100 })
    expect(parseQueue('7 packets')).toEqual({ bytes: Infinity, packets: 7 })
  })

  test.each([
    [() => parseDuration('20'), '"20" has no unit: write a duration such as 20ms'],
    [() => parseDuration('20parsec'), '"20parsec" has an unknown unit: a duration is written with one of ns, nsec'],
    [() => parseDuration('soon'), '"soon" is not a duration such as 20ms'],
    [() => parseDuration('-1ms'), '"-1ms" is not a duration'],
    [() => parseDuration(-1), '-1 is not a duration such as 20ms: it is negative'],
    [() => parseDuration(Number.NaN), 'NaN is not a duration'],
    [() => parseDuration('1e3ms'), '"1e3ms" is not a duration'],
    [() => parseDuration('9999999999h'), 'too large'],
    [() => parseRate('10meg'), '"10meg" has an unknown unit'],
    [() => parseRate(''), '"" is not a rate such as 10mbit'],
    [() => parseSize('1tb'), '"1tb" has an unknown unit'],
    [() => parseProbability('2%'.repeat(2)), 'is not a probability such as 0.01 or 1%'],
    [() => parseProbability(1.5), '1.5 is not a probability: it must be from 0 to 1'],
    [() => parseProbability('101%'), '101% is not a probability: it must be from 0 to 1'],
    [() => parseProbability(Number.NaN), 'NaN is not a probability'],
  ])('%s is refused with what would be right', (parse, message) => {
    expect(parse).toThrow(message)
  })
})
