/** One connection of a client, without its socket: bytes go in, responses come out in the order of the requests. */
import { type Head, RequestReader } from './reader.ts'
import { Responder } from './respond.ts'
import { continueHead, type Identity, type Response } from './response.ts'
import type { Site } from './site.ts'

export class Connection {
  readonly #reader = new RequestReader()
  readonly #responder: Responder
  readonly #who: Identity
  #head: Head | null = null
  /** After the response that says `close` nothing that the client sends counts (RFC 9112 9.6). */
  #isDone = false

  constructor(site: Site, who: Identity) {
    this.#responder = new Responder(site, who)
    this.#who = who
  }

  get isDone(): boolean {
    return this.#isDone
  }

  push(bytes: Uint8Array): void {
    if (!this.#isDone) this.#reader.push(bytes)
  }

  /** The next response; null when more has to come from the client. Its file, if any, is the caller's to close. */
  next(): Response | null {
    while (!this.#isDone) {
      const event = this.#reader.next()
      if (event === null) return null
      const response =
        event.kind === 'head' ? this.#headCame(event.head) : event.kind === 'end' ? this.#requestEnds() : null
      if (event.kind === 'fault') {
        const { fault, line, request } = event
        return this.#finish(this.#responder.fault(fault, line, request?.method ?? ''))
      }
      if (response !== null) return this.#finish(response)
    }
    return null
  }

  #finish(response: Response): Response {
    if (response.closes) this.#isDone = true
    return response
  }

  #headCame(head: Head): Response | null {
    this.#head = head
    // Only who waits for it is answered before the content has come (RFC 9110 10.1.1), and only in HTTP/1.1.
    if (!head.hasContent || head.minor === 0 || this.#who.protocol === 'HTTP/1.0') return null
    if (!head.fields.tokens('expect').includes('100-continue')) return null
    const response = this.#responder.respond(head, this.#persists(head))
    response.file?.close()
    // A final status instead: the content is not read, so the connection ends.
    if (response.code >= 400) return response
    return { code: 100, log: [], head: continueHead(this.#who), body: [], file: null, closes: false }
  }

  #requestEnds(): Response | null {
    const head = this.#head
    this.#head = null
    return head === null ? null : this.#responder.respond(head, this.#persists(head))
  }

  /** RFC 9112 9.3. */
  #persists(head: Head): boolean {
    if (this.#who.protocol === 'HTTP/1.0' || head.isAmbiguous) return false
    const options = head.fields.tokens('connection')
    if (options.includes('close')) return false
    return head.minor > 0 || options.includes('keep-alive')
  }
}
