/** The requests in a stream of bytes, one after the other: heads, and the ends of contents (which nobody here wants). */
import { addField, type Fault, Fields, framingOf, parseRequestLine, type RequestLine } from './request.ts'
import { octets } from './text.ts'

/** As Python's server: the longest line, and the most fields. */
const LINE_MAX = 65_536
const FIELDS_MAX = 100
/** A line of chunk size with its extensions. */
const CHUNK_LINE_MAX = 4096
const LF = 10
const CR = 13

export interface Head extends RequestLine {
  readonly line: string
  readonly fields: Fields
  readonly hasContent: boolean
  /** Both Content-Length and Transfer-Encoding: the connection ends after it (RFC 9112 6.1). */
  readonly isAmbiguous: boolean
}

export type ReaderEvent =
  | { readonly kind: 'head'; readonly head: Head }
  /** The request is complete, its content too. */
  | { readonly kind: 'end' }
  /** Nothing that follows can be understood. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly line: string; readonly request: RequestLine | null }

type State = 'line' | 'fields' | 'content' | 'size' | 'chunk' | 'chunk-end' | 'trailers' | 'end' | 'broken'

export class RequestReader {
  #bytes = new Uint8Array(0)
  #at = 0
  /** How far was looked for a line end, in vain. */
  #seen = 0
  #state: State = 'line'
  #line = ''
  #request: RequestLine | null = null
  #fields = new Fields()
  #fieldCount = 0
  #left = 0

  push(bytes: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#at)
    const joined = new Uint8Array(rest.length + bytes.length)
    joined.set(rest)
    joined.set(bytes, rest.length)
    this.#bytes = joined
    this.#seen -= this.#at
    this.#at = 0
  }

  /** A request has begun and is not complete. */
  get isInside(): boolean {
    return this.#state !== 'line' || this.#at < this.#bytes.length
  }

  /** What comes next, or null when more bytes are needed. */
  next(): ReaderEvent | null {
    for (;;) {
      const state = this.#state
      const event = this.#step()
      if (event !== undefined) return event
      if (this.#state === state && (state === 'broken' || !this.#moved)) return null
    }
  }
  #moved = false

  /** Undefined: no event, look at the state again when something `#moved`. */
  #step(): ReaderEvent | undefined {
    this.#moved = false
    switch (this.#state) {
      case 'line':
        return this.#requestLine()
      case 'fields':
        return this.#field()
      case 'content':
      case 'chunk':
        return this.#skip()
      case 'size':
        return this.#chunkSize()
      case 'chunk-end':
        return this.#chunkEnd()
      case 'trailers':
        return this.#trailer()
      case 'end':
        this.#state = 'line'
        this.#request = null
        return { kind: 'end' }
      default:
        return
    }
  }

  /** A line without its LF and the CR before it; null: not yet; a number: it is longer than that. */
  #takeLine(max: number): string | null | number {
    const from = Math.max(this.#seen, this.#at)
    const end = this.#bytes.indexOf(LF, from)
    if (end < 0 || end - this.#at > max) {
      this.#seen = this.#bytes.length
      return (end < 0 ? this.#bytes.length : end) - this.#at > max ? max : null
    }
    // RFC 9112 2.2: a lone LF ends a line as well.
    const text = octets(this.#bytes, this.#at, end > this.#at && this.#bytes[end - 1] === CR ? end - 1 : end)
    this.#at = end + 1
    this.#seen = this.#at
    this.#moved = true
    return text
  }

  #fault(fault: Fault): ReaderEvent {
    this.#state = 'broken'
    return { kind: 'fault', fault, line: this.#line, request: this.#request }
  }

  #requestLine(): ReaderEvent | undefined {
    const line = this.#takeLine(LINE_MAX)
    if (line === null) return
    this.#line = ''
    if (typeof line === 'number') {
      // RFC 9112 3: a method that is too long, or a target that is.
      const isTarget = this.#bytes.subarray(this.#at, this.#at + LINE_MAX).includes(32)
      return this.#fault(
        isTarget ? { code: 414, message: 'Request-URI Too Long' } : { code: 501, message: 'Not Implemented' },
      )
    }
    // RFC 9112 2.2: empty lines before a request are ignored.
    if (line === '') return
    this.#line = line
    const request = parseRequestLine(line)
    if ('code' in request) return this.#fault(request)
    this.#request = request
    this.#fields = new Fields()
    this.#fieldCount = 0
    this.#state = 'fields'
    return
  }

  #field(): ReaderEvent | undefined {
    const line = this.#takeLine(LINE_MAX)
    if (line === null) return
    if (typeof line === 'number') return this.#fault({ code: 431, message: 'Line too long' })
    if (line === '') return this.#headEnds()
    if (++this.#fieldCount > FIELDS_MAX) return this.#fault({ code: 431, message: 'Too many headers' })
    const fault = addField(this.#fields, line)
    return fault === null ? undefined : this.#fault(fault)
  }

  #headEnds(): ReaderEvent {
    const request = this.#request as RequestLine
    const fields = this.#fields
    const framing = framingOf(fields, request.minor)
    if ('code' in framing) return this.#fault(framing)
    this.#left = framing.kind === 'length' ? framing.length : 0
    this.#state = framing.kind === 'length' ? 'content' : framing.kind === 'chunked' ? 'size' : 'end'
    return {
      kind: 'head',
      head: {
        ...request,
        line: this.#line,
        fields,
        hasContent: framing.kind !== 'none',
        isAmbiguous: framing.kind === 'chunked' && fields.all('content-length').length > 0,
      },
    }
  }

  #skip(): undefined {
    const count = Math.min(this.#left, this.#bytes.length - this.#at)
    this.#left -= count
    this.#at += count
    this.#seen = this.#at
    this.#moved = count > 0
    if (this.#left === 0) this.#state = this.#state === 'content' ? 'end' : 'chunk-end'
  }

  #chunkSize(): ReaderEvent | undefined {
    const line = this.#takeLine(CHUNK_LINE_MAX)
    if (line === null) return
    // RFC 9112 7.1.1: extensions that nobody knows are ignored. 13 digits always fit a number (7.1).
    const match = typeof line === 'number' ? null : /^0*([0-9A-Fa-f]{0,13})[ \t]*(?:;[^\r\n]*)?$/.exec(line)
    if (match === null || !/^[0-9A-Fa-f]/.test(String(line)))
      return this.#fault({ code: 400, message: 'Bad chunk size' })
    this.#left = Number.parseInt(`0${match[1]}`, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    return
  }

  #chunkEnd(): ReaderEvent | undefined {
    const line = this.#takeLine(CHUNK_LINE_MAX)
    if (line === null) return
    if (line !== '') return this.#fault({ code: 400, message: 'Chunk longer than its size' })
    this.#state = 'size'
    return
  }

  #trailer(): ReaderEvent | undefined {
    const line = this.#takeLine(LINE_MAX)
    if (line === null) return
    if (typeof line === 'number') return this.#fault({ code: 431, message: 'Line too long' })
    if (line === '') {
      this.#state = 'end'
      return
    }
    if (++this.#fieldCount > FIELDS_MAX) return this.#fault({ code: 431, message: 'Too many headers' })
    const fault = addField(new Fields(), line)
    return fault === null ? undefined : this.#fault(fault)
  }
}
