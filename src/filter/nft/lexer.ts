/** Words of nft's language with where they stand, and its errors, which point there. */

export interface Token {
  /** `end` is the end of a line, a semicolon or the end of the text. */
  readonly kind: 'word' | 'quoted' | 'mark' | 'end'
  readonly text: string
  readonly start: number
  readonly stop: number
}

/** What nft complains of, and the part of the text that it underlines. */
export class NftError extends Error {
  readonly start: number
  readonly stop: number
  /** What it contradicts, marked by tildes. */
  readonly also: { readonly start: number; readonly stop: number } | null

  constructor(
    message: string,
    at: { readonly start: number; readonly stop: number },
    also: { readonly start: number; readonly stop: number } | null = null,
  ) {
    super(message)
    this.start = at.start
    this.stop = at.stop
    this.also = also
  }
}

const PATTERN =
  /[^\S\n]+|#[^\n]*|\\\n|(\n|;)|"([^"\n]*)"|(==|!=|[{},|&()/=]|<|>|!)|([^\s;"{},|&()/=<>!#]+(?:\/[0-9]+)?)|(.)/gy

export const tokenize = (text: string): Token[] => {
  const tokens: Token[] = []
  for (const match of text.matchAll(PATTERN)) {
    const [whole, end, quoted, mark, word, other] = match
    const span = { start: match.index, stop: match.index + whole.length }
    if (end !== undefined) tokens.push({ kind: 'end', text: end === ';' ? 'semicolon' : 'newline', ...span })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted, ...span })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, ...span })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, ...span })
    else if (other !== undefined) throw new NftError('syntax error, unexpected junk', span)
  }
  tokens.push({ kind: 'end', text: 'newline', start: text.length, stop: text.length + 1 })
  return tokens
}

/** The complaint, its line, and the line that underlines; `name` of the file, or null for the command line. */
export const errorText = (error: NftError, text: string, name: string | null): string => {
  const lineStart = text.lastIndexOf('\n', error.start - 1) + 1
  const lineEnd = text.indexOf('\n', error.start)
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd)
  const column = error.start - lineStart
  const length = Math.max(1, Math.min(error.stop, lineStart + line.length) - error.start)
  const number = text.slice(0, lineStart).split('\n').length
  const place = name === null ? '' : `${name}:${number}:${column + 1}-${column + length}: `
  const { also } = error
  const isAlso = (at: number): boolean => also !== null && at >= also.start - lineStart && at < also.stop - lineStart
  const pad = line.slice(0, column).replace(/[^\t]/g, (_, at: number) => (isAlso(at) ? '~' : ' '))
  return `${place}Error: ${error.message}\n${line}\n${pad}${'^'.repeat(length)}\n`
}

const MARKS: Readonly<Record<string, string>> = { ',': 'comma', '!=': '!=', '==': '==' }

/** A token as a syntax error names it. */
export const unexpected = (token: Token, expecting?: string): NftError => {
  const named = KEYWORDS.has(token.text) || token.kind === 'end' ? token.text : 'string'
  const what = token.kind === 'mark' ? (MARKS[token.text] ?? `'${token.text}'`) : named
  const wanted = expecting === undefined ? '' : `, expecting ${expecting}`
  return new NftError(`syntax error, unexpected ${what}${wanted}`, token)
}

/** Words that begin a statement, and so are never a value. */
export const STATEMENTS: ReadonlySet<string> = new Set(
  'accept drop return reject jump goto counter comment log limit queue'.split(' '),
)

/** Words that are not strings to nft's grammar, as far as they are met here. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'table chain rule add insert delete list flush create ruleset tables chains type hook priority policy accept drop ' +
    'reject return jump goto counter comment with tcp udp icmp icmpv6 icmpx ip ip6 inet ct state meta handle position ' +
    'iif oif iifname oifname saddr daddr sport dport flags fwd dup log limit queue set map'
  ).split(' '),
)
