import { get16, get32 } from '../bytes.ts'

/**
 * A field of a dissected frame, under the name that Wireshark's filters give it.
 *
 * `start` and `end` are its bytes, counted from the frame's first. Flags within a byte have that byte.
 */
export interface Field {
  readonly name: string
  readonly value: number | string | boolean
  /** In words: `Source Port: 8080`. */
  readonly text: string
  readonly start: number
  readonly end: number
  readonly children: Field[]
}

/** Builds the children of one field while reading a frame. */
export class Reader {
  readonly b: Uint8Array
  /** Index in `b` of the frame's first byte. */
  readonly origin: number
  readonly fields: Field[]

  constructor(b: Uint8Array, origin: number, fields: Field[]) {
    this.b = b
    this.origin = origin
    this.fields = fields
  }

  /** A field over `b[at, at + length)`; returns a reader for its children. */
  add(
    name: string,
    value: number | string | boolean,
    label: string,
    at: number,
    length: number,
    shown?: string,
  ): Reader {
    const start = at - this.origin
    const text = label === '' ? (shown ?? String(value)) : `${label}: ${shown ?? value}`
    const children: Field[] = []
    this.fields.push({ name, value, text, start, end: start + length, children })
    return new Reader(this.b, this.origin, children)
  }

  u8(name: string, label: string, at: number, shown?: string): Reader {
    return this.add(name, this.b[at] as number, label, at, 1, shown)
  }

  u16(name: string, label: string, at: number, shown?: string): Reader {
    return this.add(name, get16(this.b, at), label, at, 2, shown)
  }

  u32(name: string, label: string, at: number, shown?: string): Reader {
    return this.add(name, get32(this.b, at) >>> 0, label, at, 4, shown)
  }

  /** One bit of the big-endian number of `length` bytes at `at`. */
  flag(name: string, label: string, at: number, length: number, mask: number): void {
    const word = length === 1 ? (this.b[at] as number) : get16(this.b, at)
    const set = (word & mask) !== 0
    this.add(name, set, label, at, length, set ? 'Set' : 'Not set')
  }

  bytes(name: string, label: string, at: number, end: number): void {
    if (end > at) this.add(name, hexText(this.b, at, end), label, at, end - at, `${end - at} bytes`)
  }
}

export const hexText = (b: Uint8Array, at: number, end: number): string => {
  let text = ''
  for (; at < end; at++) text += (b[at] as number).toString(16).padStart(2, '0')
  return text
}

export const hex4 = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`

/** Values of Wireshark's `*.checksum.status`. */
export const ChecksumStatus = { BAD: 0, GOOD: 1, UNVERIFIED: 2, NOT_PRESENT: 3 } as const

const STATUS: readonly string[] = ['Bad', 'Good', 'Unverified', 'Not present']

export const statusText = (status: number): string => STATUS[status] ?? String(status)
