/** A response in the making: bytes go in, headers and content come out. Pure. */
import { octets } from '../http-server/text.ts'

export interface ReplyHead {
  readonly code: number
  readonly minor: number
  /** Raw, with the empty line. */
  readonly text: string
  /** Last value of a field, by lower-case name. */
  field(name: string): string | undefined
}

export type ReplyEvent =
  | { readonly kind: 'head'; readonly head: ReplyHead }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'garbage'; readonly reason: 'http09' | 'chunk' }

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'to-end' | 'done'

export class ReplyReader {
  #bytes = new Uint8Array(0)
  #state: State = 'head'
  #left = 0
  readonly #hasContent: boolean

  /** @param method - a HEAD is answered without content */
  constructor(method: string) {
    this.#hasContent = method !== 'HEAD'
  }

  /** Bytes that a Content-Length promised and that have not come. */
  get missing(): number {
    return this.#state === 'length' ? this.#left : 0
  }

  /** The end of the connection is the end of the content. */
  get endsWithConnection(): boolean {
    return this.#state === 'to-end'
  }

  get isBeforeHead(): boolean {
    return this.#state === 'head'
  }

  push(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length)
    joined.set(this.#bytes)
    joined.set(bytes, this.#bytes.length)
    this.#bytes = joined
  }

  next(): ReplyEvent | null {
    for (;;) {
      switch (this.#state) {
        case 'head':
          return this.#head()
        case 'to-end':
          return this.#data(this.#bytes.length)
        case 'length':
        case 'chunk': {
          const data = this.#data(Math.min(this.#left, this.#bytes.length))
          if (data !== null) return data
          if (this.#left > 0) return null
          if (this.#state === 'length') return this.#finish()
          this.#state = 'chunk-end'
          break
        }
        case 'done':
          return null
        default: {
          const event = this.#chunkLine()
          if (event !== undefined) return event
        }
      }
    }
  }

  #take(count: number): Uint8Array {
    const part = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return part
  }

  #data(count: number): ReplyEvent | null {
    if (count === 0) return null
    this.#left -= count
    return { kind: 'data', bytes: this.#take(count) }
  }

  #finish(): ReplyEvent {
    this.#state = 'done'
    return { kind: 'end' }
  }

  /** Undefined: go on; null: more bytes are needed. */
  #chunkLine(): ReplyEvent | null | undefined {
    const end = this.#bytes.indexOf(10)
    if (end < 0) return null
    const line = octets(this.#take(end + 1)).replace(/\r?\n$/, '')
    if (this.#state === 'trailers') return line === '' ? this.#finish() : undefined
    if (this.#state === 'chunk-end') {
      this.#state = 'chunk-size'
      return undefined
    }
    const match = /^0*([0-9A-Fa-f]{0,13})(?:[ \t;].*)?$/.exec(line)
    if (match === null || line === '') return { kind: 'garbage', reason: 'chunk' }
    this.#left = Number.parseInt(`0${match[1]}`, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    return undefined
  }

  #head(): ReplyEvent | null {
    const start = octets(this.#bytes, 0, Math.min(5, this.#bytes.length))
    if (!'HTTP/'.startsWith(start) && !start.startsWith('HTTP/')) return { kind: 'garbage', reason: 'http09' }
    const all = octets(this.#bytes)
    const match = /\r?\n\r?\n/.exec(all)
    if (match === null) return null
    const text = all.slice(0, match.index + match[0].length)
    this.#take(text.length)
    const status = /^HTTP\/1\.(\d) +(\d{3})/.exec(text)
    if (status === null) return { kind: 'garbage', reason: 'http09' }
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(text)?.[1]
    const code = Number(status[2])
    if (code >= 200) this.#frame(code, field)
    return { kind: 'head', head: { code, minor: Number(status[1]), text, field } }
  }

  /** RFC 9112 6.3. */
  #frame(code: number, field: ReplyHead['field']): void {
    const length = field('content-length')
    if (!this.#hasContent || code === 204 || code === 304) this.#state = 'length'
    else if (/\bchunked$/i.test(field('transfer-encoding') ?? '')) this.#state = 'chunk-size'
    else if (length !== undefined && /^\d+$/.test(length)) {
      this.#left = Number(length)
      this.#state = 'length'
    } else this.#state = 'to-end'
  }
}
