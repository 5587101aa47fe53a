import { NftError, type Token, tokenize, unexpected } from './lexer.ts'

/** Reads tokens one after the other; what does not fit is an `NftError` at the token. */
export class Cursor {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  get token(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token
  }

  /** The token before this one. */
  get last(): Token {
    return this.#tokens[Math.max(0, this.#at - 1)] as Token
  }

  get isDone(): boolean {
    return this.#at >= this.#tokens.length
  }

  next(): Token {
    const { token } = this
    this.#at++
    return token
  }

  is(text: string): boolean {
    return this.token.text === text && this.token.kind !== 'quoted' && this.token.kind !== 'end'
  }

  take(text: string): boolean {
    if (!this.is(text)) return false
    this.#at++
    return true
  }

  expect(text: string): Token {
    if (!this.is(text)) throw unexpected(this.token, text === '{' ? "'{'" : text)
    return this.next()
  }

  /** A name: of a table, a chain. */
  name(): Token {
    if (this.token.kind !== 'word') throw unexpected(this.token, 'string')
    return this.next()
  }

  /** A value: a word, or what stands in quotes. */
  value(): Token {
    if (this.token.kind !== 'word' && this.token.kind !== 'quoted') throw unexpected(this.token)
    return this.next()
  }

  skipEnds(): void {
    while (!this.isDone && this.token.kind === 'end') this.#at++
  }

  number(): { readonly value: number; readonly token: Token } {
    const token = this.name()
    if (!/^[0-9]+$/.test(token.text)) throw unexpected(token)
    return { value: Number(token.text), token }
  }

  /** The statement or command ends here. */
  end(): void {
    if (this.token.kind !== 'end' && !this.is('}'))
      throw this.token.kind === 'word'
        ? new NftError(unexpected(this.token).message, this.token)
        : unexpected(this.token)
  }
}
