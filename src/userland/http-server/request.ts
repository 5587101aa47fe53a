/** A request's head: the request line and the header section, judged as RFC 9112 demands. Pure: text in, request or fault out. */
import { listOf, pythonRepr, pythonWords } from './text.ts'

/** Why a request is refused. `message` is what the log and the page say. */
export interface Fault {
  readonly code: number
  readonly message: string
  /** In place of the status's own explanation. */
  readonly explanation?: string
}

export interface RequestLine {
  readonly method: string
  readonly target: string
  /** 0 for HTTP/1.0, 1 for every later HTTP/1.x. */
  readonly minor: number
}

export const isFault = (value: object): value is Fault => 'code' in value

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The words of a request line as Python's server splits them; RFC 9112 3 allows any white space between. */
export const parseRequestLine = (line: string): RequestLine | Fault => {
  const words = pythonWords(line)
  const version = words.at(-1) ?? ''
  let minor = 0
  if (words.length >= 3) {
    const match = /^HTTP\/(\d{1,10})\.(\d{1,10})$/.exec(version)
    if (match === null) return { code: 400, message: `Bad request version (${pythonRepr(version)})` }
    const major = Number(match[1])
    if (major !== 1) return { code: 505, message: `Invalid HTTP version (${version.slice(5)})` }
    minor = Number(match[2]) > 0 ? 1 : 0
  }
  const [method = '', target = ''] = words
  if (words.length !== 3 || !TOKEN.test(method))
    return { code: 400, message: `Bad request syntax (${pythonRepr(line)})` }
  return { method, target, minor }
}

/** Header fields by lower-case name; repeated ones joined by commas (RFC 9110 5.3). */
export class Fields {
  readonly #values = new Map<string, string[]>()

  add(name: string, value: string): void {
    const key = name.toLowerCase()
    const values = this.#values.get(key)
    if (values === undefined) this.#values.set(key, [value])
    else values.push(value)
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.join(', ')
  }

  /** Lower-case elements of a list of tokens. */
  tokens(name: string): string[] {
    return listOf(this.get(name) ?? '').map((item) => item.toLowerCase())
  }
}

/** One field line without its line end. Null: good, and added. */
export const addField = (fields: Fields, line: string): Fault | null => {
  const colon = line.indexOf(':')
  // White space before the colon, a folded line, and white space before the first field: all 400 (RFC 9112 2.2, 5.1, 5.2).
  if (colon <= 0 || !TOKEN.test(line.slice(0, colon))) return badField(line)
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
  // RFC 9110 5.5: CR, LF and NUL inside a value.
  if (/[\r\n\0]/.test(value)) return badField(line)
  fields.add(line.slice(0, colon), value)
  return null
}

const badField = (line: string): Fault => ({
  code: 400,
  message: `Bad header line (${pythonRepr(line.length > 80 ? `${line.slice(0, 80)}...` : line)})`,
})

/** How the end of a request's content is found. */
export type Framing = { readonly kind: 'none' | 'chunked' } | { readonly kind: 'length'; readonly length: number }

/** RFC 9112 6.3. */
export const framingOf = (fields: Fields, minor: number): Framing | Fault => {
  const codings = fields.tokens('transfer-encoding')
  if (fields.all('transfer-encoding').length > 0) {
    // RFC 9112 6.1: in HTTP/1.0 it means that the framing is faulty.
    if (minor === 0) return { code: 400, message: 'Transfer-Encoding in an HTTP/1.0 request' }
    if (codings.at(-1) !== 'chunked') return { code: 400, message: 'Chunked is not the last transfer coding' }
    if (codings.length > 1) {
      if (codings.indexOf('chunked') < codings.length - 1)
        return { code: 400, message: 'Chunked is not the last transfer coding' }
      return { code: 501, message: `Unsupported transfer coding (${pythonRepr(codings[0] ?? '')})` }
    }
    return { kind: 'chunked' }
  }
  const lengths = fields.all('content-length')
  if (lengths.length === 0) return { kind: 'none' }
  const values = lengths.flatMap((value) => value.split(',').map((one) => one.replace(/^[ \t]+|[ \t]+$/g, '')))
  const [first = ''] = values
  if (values.some((value) => !/^\d+$/.test(value) || value.replace(/^0+/, '') !== first.replace(/^0+/, '')))
    return { code: 400, message: `Bad Content-Length (${pythonRepr(lengths.join(', '))})` }
  const length = Number(first)
  // A count that a number cannot hold is refused rather than miscounted (RFC 9110 8.6).
  if (!Number.isSafeInteger(length)) return { code: 413, message: 'Content-Length too large' }
  return length === 0 ? { kind: 'none' } : { kind: 'length', length }
}

const HOST =
  /^(?:\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::\d*)?$/

/** RFC 9112 3.2: exactly one valid Host in HTTP/1.1; none is needed in HTTP/1.0. */
export const hostFault = (fields: Fields, minor: number): Fault | null => {
  const hosts = fields.all('host')
  if (hosts.length === 0) return minor === 0 ? null : { code: 400, message: 'Host header field missing' }
  if (hosts.length > 1) return { code: 400, message: 'More than one Host header field' }
  return HOST.test(hosts[0] ?? '') ? null : { code: 400, message: `Bad Host (${pythonRepr(hosts[0] ?? '')})` }
}

/** What a request is about: `*`, or a path with its query as it was sent. */
export type Target = '*' | { readonly path: string; readonly query: string }

/** RFC 9112 3.2: origin-form, absolute-form and, for OPTIONS, asterisk-form. */
export const parseTarget = (method: string, target: string): Target | Fault => {
  const bad: Fault = { code: 400, message: `Bad request target (${pythonRepr(target)})` }
  if (target === '*') return method === 'OPTIONS' ? '*' : bad
  let rest = target
  const absolute = /^http:\/\/([^/?#]*)(.*)$/is.exec(target)
  if (absolute !== null) {
    // RFC 9110 4.2.1: a URI with an empty host is refused; so is one with user information (4.2.4).
    if (!HOST.test(absolute[1] ?? '') || absolute[1]?.startsWith(':') === true) return bad
    rest = absolute[2] ?? ''
    if (rest === '' && method === 'OPTIONS') return '*'
    if (!rest.startsWith('/')) rest = `/${rest}`
  }
  if (!rest.startsWith('/') || rest.includes('#')) return bad
  const mark = rest.indexOf('?')
  // Slashes at the front are one slash: a redirect to `//host/` would lead elsewhere.
  const path = (mark < 0 ? rest : rest.slice(0, mark)).replace(/^\/+/, '/')
  return { path, query: mark < 0 ? '' : rest.slice(mark) }
}

/** The path in the tree, without dot segments; it never leaves the root (RFC 3986 5.2.4). */
export const cleanPath = (decoded: string): string => {
  const out: string[] = []
  for (const segment of decoded.split('/')) {
    if (segment === '..') out.pop()
    else if (segment !== '' && segment !== '.') out.push(segment)
  }
  return `/${out.join('/')}`
}
