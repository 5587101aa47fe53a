/**
 * Network and link addresses as immutable values.
 *
 * An `Address` is four int32 words and a hash. The same object travels from a socket through packets into the peer's
 * tables, so `===` answers nearly every comparison; `equals` falls back to the words. There is no table of all addresses:
 * a flood of forged ones fills nothing.
 */

export type Family = 4 | 6

const mix = (h: number, w: number): number => {
  h = Math.imul(h ^ w, 0x9e3779b1)
  return h ^ (h >>> 15)
}

/** An IPv4 or IPv6 address. IPv4 uses `w3` alone. Text lives at the faces: see `parseAddress` and `formatAddress`. */
export class Address {
  readonly family: Family
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
  /** Same for equal addresses, on every run and engine. */
  readonly hash: number
  #text: string | undefined

  private constructor(family: Family, w0: number, w1: number, w2: number, w3: number) {
    this.family = family
    this.w0 = w0
    this.w1 = w1
    this.w2 = w2
    this.w3 = w3
    this.hash = mix(mix(mix(mix(family, w0), w1), w2), w3) | 0
  }

  /** From a 32-bit number in network order: `Address.v4(0x7f000001)` is 127.0.0.1. */
  static v4(word: number): Address {
    return new Address(4, 0, 0, 0, word | 0)
  }

  /** From four 32-bit words in network order. */
  static v6(w0: number, w1: number, w2: number, w3: number): Address {
    return new Address(6, w0 | 0, w1 | 0, w2 | 0, w3 | 0)
  }

  equals(other: Address): boolean {
    return (
      this === other ||
      (this.w3 === other.w3 &&
        this.family === other.family &&
        this.w2 === other.w2 &&
        this.w1 === other.w1 &&
        this.w0 === other.w0)
    )
  }

  /** 0.0.0.0 or ::. */
  get isUnspecified(): boolean {
    return (this.w0 | this.w1 | this.w2 | this.w3) === 0
  }

  /** 127.0.0.0/8 or ::1. */
  get isLoopback(): boolean {
    return this.family === 4 ? this.w3 >>> 24 === 127 : (this.w0 | this.w1 | this.w2) === 0 && this.w3 === 1
  }

  /** 224.0.0.0/4 or ff00::/8. */
  get isMulticast(): boolean {
    return this.family === 4 ? this.w3 >>> 28 === 14 : this.w0 >>> 24 === 0xff
  }

  /** 255.255.255.255, the limited broadcast. Directed ones depend on a mask: ask the interface. */
  get isLimitedBroadcast(): boolean {
    return this.family === 4 && this.w3 === -1
  }

  /** 240.0.0.0/4 without the limited broadcast (class E). */
  get isReserved(): boolean {
    return this.family === 4 && this.w3 >>> 28 === 15 && this.w3 !== -1
  }

  /** fe80::/10 or 169.254.0.0/16. */
  get isLinkLocal(): boolean {
    return this.family === 4 ? this.w3 >>> 16 === 0xa9fe : this.w0 >>> 22 === 0x3fa
  }

  /** ::ffff:a.b.c.d (RFC 4291 2.5.5). */
  get isMapped(): boolean {
    return this.family === 6 && (this.w0 | this.w1) === 0 && this.w2 === 0xffff
  }

  /** The IPv4 address inside a mapped one; any other address is returned as it is. */
  unmapped(): Address {
    return this.isMapped ? Address.v4(this.w3) : this
  }

  /** ::ffff:a.b.c.d of an IPv4 address; an IPv6 one is returned as it is. */
  mapped(): Address {
    return this.family === 4 ? Address.v6(0, 0, 0xffff, this.w3) : this
  }

  /** Canonical text, made once: dotted quad, or RFC 5952. */
  toString(): string {
    this.#text ??= this.family === 4 ? quad(this.w3) : text6(this)
    return this.#text
  }
}

const quad = (w: number): string => `${w >>> 24}.${(w >>> 16) & 255}.${(w >>> 8) & 255}.${w & 255}`

/** RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
const text6 = (a: Address): string => {
  if (a.isMapped) return `::ffff:${quad(a.w3)}`
  const groups = [a.w0, a.w1, a.w2, a.w3].flatMap((w) => [w >>> 16, w & 0xffff])
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > bestLength) {
      best = i
      bestLength = n
    }
    if (n > 0) i += n
  }
  const hex = groups.map((g) => g.toString(16))
  if (best < 0) return hex.join(':')
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`
}

export const ANY4: Address = Address.v4(0)
export const ANY6: Address = Address.v6(0, 0, 0, 0)
export const LOOPBACK4: Address = Address.v4(0x7f000001)
export const LOOPBACK6: Address = Address.v6(0, 0, 0, 1)
export const BROADCAST4: Address = Address.v4(-1)

/** A 48-bit link address: 16 high and 32 low bits. */
export class MacAddress {
  readonly high: number
  readonly low: number

  constructor(high: number, low: number) {
    this.high = high & 0xffff
    this.low = low | 0
  }

  equals(other: MacAddress): boolean {
    return this === other || (this.low === other.low && this.high === other.high)
  }

  /** Group bit set: multicast or broadcast. */
  get isGroup(): boolean {
    return (this.high & 0x0100) !== 0
  }

  get isBroadcast(): boolean {
    return this.high === 0xffff && this.low === -1
  }

  /** `02:00:00:00:00:01`. */
  toString(): string {
    const hex = (this.high.toString(16).padStart(4, '0') + (this.low >>> 0).toString(16).padStart(8, '0')).match(/../g)
    return (hex ?? []).join(':')
  }
}

export const MAC_NONE: MacAddress = new MacAddress(0, 0)
export const MAC_BROADCAST: MacAddress = new MacAddress(0xffff, -1)
