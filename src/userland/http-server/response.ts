/** Responses: the bytes of their heads, and where their contents come from. */
import { encodeText } from '../core/bytes.ts'
import { httpDate } from './date.ts'
import type { ByteRange } from './ranges.ts'
import type { OpenResource } from './site.ts'
import { phraseOf } from './status.ts'

/** Bytes, or a part of the response's file. */
export type BodyPart = Uint8Array | ByteRange

export interface Response {
  readonly code: number
  /** Lines for the log, without date and client. */
  readonly log: readonly string[]
  readonly head: Uint8Array
  readonly body: readonly BodyPart[]
  /** Open until the body is sent; whoever sends it closes it. */
  readonly file: OpenResource | null
  /** The connection ends after it. */
  readonly closes: boolean
}

export type FieldLines = readonly (readonly [name: string, value: string])[]

export interface Identity {
  /** The Server field. */
  readonly server: string
  /** The version that the server conforms to. */
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1'
}

/** Status line and fields. The space after the code is there without a phrase too (RFC 9112 4). */
export const headOf = (who: Identity, now: number, code: number, phrase: string, fields: FieldLines): Uint8Array => {
  const lines = [
    `${who.protocol} ${code} ${phrase}`,
    `Server: ${who.server}`,
    `Date: ${httpDate(now)}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ]
  return encodeText(`${lines.join('\r\n')}\r\n\r\n`)
}

export const continueHead = (who: Identity): Uint8Array => encodeText(`${who.protocol} 100 ${phraseOf(100)}\r\n\r\n`)

export const lengthOf = (body: readonly BodyPart[]): number =>
  body.reduce((sum, part) => sum + ('start' in part ? part.end - part.start : part.length), 0)
