import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chance, createRandom, likelihood, normal, uniform } from '../../src/time/index.ts'

const draw = (count: number, one: () => number): number[] => Array.from({ length: count }, one)

describe('random streams', () => {
  test('the same seed and name give the same numbers, pinned so that a change of generator is noticed', () => {
    const random = createRandom(7, 'host')
    const first = draw(4, () => random.int32())
    const again = createRandom('7', 'host')
    expect(draw(4, () => again.int32())).toEqual(first)
    expect(first).toMatchInlineSnapshot(`
      [
        1006752038,
        1856780014,
        -441807423,
        715863945,
      ]
    `)
  })

  test('seed, name and place in the tree of names all matter', () => {
    const streams = [
      createRandom(7, 'host'),
      createRandom(8, 'host'),
      createRandom(7, 'hosT'),
      createRandom(7, 'host').stream('tcp'),
      createRandom(7, 'host').stream('udp'),
      createRandom(7, 'host').stream('tcp').stream('isn'),
      createRandom(7, 'host').stream('tcp/3:isn'),
      createRandom(7, 'host/3:tcp'),
      createRandom(7, ''),
      createRandom('', '7'),
    ]
    const firsts = streams.map((random) => `${random.int32()},${random.int32()}`)
    expect(new Set(firsts).size).toBe(firsts.length)
  })

  test('a stream does not depend on what its parent or siblings drew', () => {
    const parent = createRandom(1, 'net')
    const before = parent.stream('a').int32()
    draw(100, () => parent.int32())
    draw(100, () => parent.stream('b').int32())
    expect(parent.stream('a').int32()).toBe(before)
  })

  test('each bit is set half of the time, and neighbouring seeds do not resemble', () => {
    const ones = new Array<number>(32).fill(0)
    for (let seed = 0; seed < 200; seed++) {
      const random = createRandom(seed, 'x')
      for (let i = 0; i < 100; i++) {
        const bits = random.int32()
        for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] as number) + ((bits >>> bit) & 1)
      }
    }
    // 20,000 draws: the deviation is 71, so five of them leave no room for chance.
    for (const count of ones) expect(Math.abs(count - 10_000)).toBeLessThan(355)
  })

  test('below stays in its bounds and treats all results alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_294_967_296 }), fc.nat(), (bound, seed) => {
        const random = createRandom(seed, 'below')
        return draw(20, () => random.below(bound)).every((n) => Number.isInteger(n) && n >= 0 && n < bound)
      }),
    )
    const random = createRandom(3, 'dice')
    const counts = [0, 0, 0]
    for (let i = 0; i < 30_000; i++) {
      const n = random.below(3)
      counts[n] = (counts[n] as number) + 1
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(410)
  })

  test('float is in [0, 1)', () => {
    const random = createRandom(5, 'float')
    const numbers = draw(10_000, () => random.float())
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true)
    expect(numbers.reduce((a, b) => a + b) / 10_000).toBeCloseTo(0.5, 1)
  })

  test('uniform includes both ends', () => {
    const random = createRandom(5, 'uniform')
    expect(new Set(draw(500, () => uniform(random, -2, 2)))).toEqual(new Set([-2, -1, 0, 1, 2]))
  })

  test('normal has mean 0 and deviation 1', () => {
    const random = createRandom(5, 'normal')
    const numbers = draw(20_000, () => normal(random))
    const mean = numbers.reduce((a, b) => a + b) / numbers.length
    const variance = numbers.reduce((a, b) => a + (b - mean) * (b - mean), 0) / numbers.length
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.04)
    expect(numbers.every((n) => n >= -6 && n <= 6)).toBe(true)
  })

  test('chance: never and always draw nothing, the rest comes as often as it should', () => {
    const random = createRandom(5, 'chance')
    const untouched = createRandom(5, 'chance')
    expect(chance(random, likelihood(0))).toBe(false)
    expect(chance(random, likelihood(1))).toBe(true)
    expect(random.int32()).toBe(untouched.int32())
    const hits = draw(100_000, () => (chance(random, likelihood(0.01)) ? 1 : 0)).reduce((a, b) => a + b)
    expect(Math.abs(hits - 1000)).toBeLessThan(160)
  })
})
