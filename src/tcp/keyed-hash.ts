import type { Random } from '../time/random.ts'
import type { Address } from '../wire/address.ts'

/**
 * HalfSipHash-2-4 (Aumasson and Bernstein) over the words of a four-tuple: the keyed function F of RFC 6528, of
 * timestamp offsets and of SYN cookies. Nobody computes it without the key, which comes from the host's random stream.
 */
export class KeyedHash {
  readonly #k0: number
  readonly #k1: number
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0

  constructor(random: Random) {
    this.#k0 = random.int32()
    this.#k1 = random.int32()
  }

  /** An int32 of both addresses, both ports and a number that tells uses apart. */
  tuple(local: Address, localPort: number, remote: Address, remotePort: number, use: number): number {
    this.#v0 = this.#k0
    this.#v1 = this.#k1
    this.#v2 = 0x6c796765 ^ this.#k0
    this.#v3 = 0x74656462 ^ this.#k1
    if (local.family === 6) {
      this.#word(local.w0)
      this.#word(local.w1)
      this.#word(local.w2)
      this.#word(remote.w0)
      this.#word(remote.w1)
      this.#word(remote.w2)
    }
    this.#word(local.w3)
    this.#word(remote.w3)
    this.#word((localPort << 16) | remotePort)
    this.#word(use)
    this.#v2 ^= 0xff
    for (let i = 0; i < 4; i++) this.#round()
    return this.#v1 ^ this.#v3
  }

  #word(word: number): void {
    this.#v3 ^= word
    this.#round()
    this.#round()
    this.#v0 ^= word
  }

  #round(): void {
    let v0 = this.#v0
    let v1 = this.#v1
    let v2 = this.#v2
    let v3 = this.#v3
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }
}
