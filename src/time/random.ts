/**
 * Seeded chance. Each component draws from its own stream, named from the network's seed, so that adding a host or a
 * draw in one place changes nobody else's numbers.
 *
 * The generator is xoshiro128** (Blackman and Vigna, public domain): four int32 words, shifts, rotations and `imul`
 * only, so every engine computes the same bits, nothing is allocated by a draw, and all 32 bits are good. A library's
 * generator would do the same through objects and BigInt jumps that a packet's path cannot afford.
 */
export interface Random {
  /** 32 random bits as an int32. */
  int32(): number
  /** A double in [0, 1) with 32 bits of chance; exact arithmetic only. */
  float(): number
  /** An integer in [0, bound), every one equally likely. `bound` is an integer from 1 to 2^32. */
  below(bound: number): number
  /**
   * A stream of its own for a part of this component. It depends on the seed and the names alone, not on what was drawn
   * before; the same name gives the same numbers again, from the start.
   */
  stream(name: string): Random
}

const TWO_32 = 4_294_967_296

/** MurmurHash3's finaliser: every input bit reaches every output bit. */
const avalanche = (h: number): number => {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

class Xoshiro implements Random {
  readonly #path: string
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(path: string) {
    this.#path = path
    // Four lanes over the UTF-16 units, each with its own start and multiplier, so that 128 bits depend on every name.
    let a = 0x243f6a88
    let b = 0x85a308d3
    let c = 0x13198a2e
    let d = 0x03707344
    for (let i = 0; i < path.length; i++) {
      const unit = path.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x9e3779b1)
      b = Math.imul(b ^ unit, 0x85ebca77)
      c = Math.imul(c ^ unit, 0xc2b2ae3d)
      d = Math.imul(d ^ unit, 0x27d4eb2f)
      a ^= b >>> 15
      b ^= c >>> 13
      c ^= d >>> 16
      d ^= a >>> 14
    }
    this.#a = avalanche(a)
    this.#b = avalanche(b ^ this.#a)
    this.#c = avalanche(c ^ this.#b)
    // The state must not be all zero: the generator would stay there.
    this.#d = avalanche(d ^ this.#c) | 1
  }

  int32(): number {
    const b = this.#b
    const x = Math.imul(b, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9)
    const c = this.#c ^ this.#a
    const d = this.#d ^ b
    this.#b = b ^ c
    this.#a ^= d
    this.#c = c ^ (b << 9)
    this.#d = (d << 11) | (d >>> 21)
    return result
  }

  float(): number {
    return (this.int32() >>> 0) / TWO_32
  }

  below(bound: number): number {
    // The lowest 2^32 mod bound values would make some results likelier: draw again (OpenBSD's arc4random_uniform).
    const unfair = (TWO_32 - bound) % bound
    for (;;) {
      const value = this.int32() >>> 0
      if (value >= unfair) return value % bound
    }
  }

  stream(name: string): Random {
    return new Xoshiro(`${this.#path}/${name.length}:${name}`)
  }
}

/**
 * The root stream of a component.
 *
 * @param seed - the network's seed; a number and its decimal text are the same seed
 * @param name - whose stream it is; streams of different names are independent
 */
export const createRandom = (seed: number | string, name: string): Random => {
  const text = String(seed)
  return new Xoshiro(`${text.length}:${text}/${name.length}:${name}`)
}

/** An integer in [low, high], every one equally likely. Both are integers less than 2^32 apart. */
export const uniform = (random: Random, low: number, high: number): number => low + random.below(high - low + 1)

/**
 * A number of the standard normal distribution, cut at 6: the sum of twelve uniform ones less 6 has mean 0 and
 * deviation 1, and needs no logarithm, whose last bit differs between engines.
 */
export const normal = (random: Random): number => {
  let sum = 0
  for (let i = 0; i < 12; i++) sum += random.float()
  return sum - 6
}

/** The threshold that `chance` compares with, for a probability in [0, 1]. */
export const likelihood = (probability: number): number => Math.round(probability * TWO_32)

/** True with the probability that `threshold` was made from; draws once, except for never and always. */
export const chance = (random: Random, threshold: number): boolean =>
  threshold > 0 && (threshold >= TWO_32 || random.int32() >>> 0 < threshold)
