/** A filter that cannot be: what tcpdump says after `tcpdump: `. */
export class FilterError extends Error {
  constructor(message = "can't parse filter expression: syntax error") {
    super(message)
  }
}

/** The words of a filter expression. */
export class FilterWords {
  readonly #words: readonly string[]
  #next = 0

  constructor(text: string) {
    this.#words =
      text.match(
        /&&|\|\||<<|>>|[<>=!]=|(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:\/\d+)?|[A-Za-z0-9_.\\][A-Za-z0-9_.\-\\]*(?:\/\d+)?|[^\sA-Za-z0-9]/gi,
      ) ?? []
  }

  get done(): boolean {
    return this.#next >= this.#words.length
  }

  get position(): number {
    return this.#next
  }

  /** Go back to where an attempt began. */
  rewind(position: number): void {
    this.#next = position
  }

  peek(ahead = 0): string | undefined {
    return this.#words[this.#next + ahead]
  }

  take(): string {
    const word = this.#words[this.#next++]
    if (word === undefined) throw new FilterError()
    return word
  }

  expect(word: string): void {
    if (this.take() !== word) throw new FilterError()
  }
}
