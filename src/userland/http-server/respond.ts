/** From a request's head to its response: the methods, the tree, conditions and ranges. Reads files, sends nothing. */
import { encodeText } from '../core/bytes.ts'
import { httpDate } from './date.ts'
import { mediaType } from './media-type.ts'
import { errorPage, listingPage } from './pages.ts'
import { type ByteRange, parseRange } from './ranges.ts'
import type { Head } from './reader.ts'
import { cleanPath, type Fault, hostFault, parseTarget } from './request.ts'
import { type BodyPart, type FieldLines, headOf, type Identity, lengthOf, type Response } from './response.ts'
import type { OpenResource, Site } from './site.ts'
import { explanationOf, phraseOf } from './status.ts'
import { logText, percentDecode, pythonRepr } from './text.ts'
import { evaluate, rangeHolds, type Validators, validatorsOf } from './validators.ts'

const ALLOW: readonly [string, string] = ['Allow', 'GET, HEAD, OPTIONS']
/** Methods that the registry knows (RFC 9110 16.1.1, RFC 5789) and this server does not allow. */
const KNOWN = new Set(['POST', 'PUT', 'DELETE', 'CONNECT', 'TRACE', 'PATCH'])
const INDEX = ['index.html', 'index.htm']

interface Answer {
  readonly code: number
  readonly fields?: FieldLines
  readonly body?: readonly BodyPart[]
  readonly file?: OpenResource | null
}

type Outcome = Answer | (Fault & { readonly fields?: FieldLines })

export class Responder {
  readonly #site: Site
  readonly #who: Identity
  #boundary = 0

  constructor(site: Site, who: Identity) {
    this.#site = site
    this.#who = who
  }

  /** An error page. It ends the connection, as Python's do. */
  fault({ code, message, explanation }: Fault, line: string, method: string, extra: FieldLines = []): Response {
    const page = encodeText(errorPage(code, message, explanation ?? explanationOf(code)))
    const fields: FieldLines = [
      ['Connection', 'close'],
      ...extra,
      ['Content-Type', 'text/html;charset=utf-8'],
      ['Content-Length', String(page.length)],
    ]
    return {
      code,
      log: [`code ${code}, message ${logText(message)}`, requestLog(line, code)],
      head: headOf(this.#who, this.#site.now, code, phraseText(message), fields),
      body: method === 'HEAD' ? [] : [page],
      file: null,
      closes: true,
    }
  }

  /** @param persists - whether the client wants to go on */
  respond(head: Head, persists: boolean): Response {
    const answer = this.#answer(head)
    if ('message' in answer) return this.fault(answer, head.line, head.method, answer.fields)
    const { code, fields = [], body = [], file = null } = answer
    const connection: FieldLines = !persists
      ? [['Connection', 'close']]
      : head.minor === 0
        ? [['Connection', 'keep-alive']]
        : []
    const sendsBody = head.method !== 'HEAD' && code !== 304
    const readsFile = sendsBody && body.some((part) => 'start' in part)
    if (!readsFile) file?.close()
    return {
      code,
      log: [requestLog(head.line, code)],
      // Without persistence in the protocol nothing has to be said.
      head: headOf(this.#who, this.#site.now, code, phraseOf(code), [
        ...fields,
        ...(this.#who.protocol === 'HTTP/1.0' ? [] : connection),
      ]),
      body: sendsBody ? body : [],
      file: readsFile ? file : null,
      closes: !persists,
    }
  }

  #answer(head: Head): Outcome {
    const { method } = head
    const fault = hostFault(head.fields, head.minor)
    if (fault !== null) return fault
    if (KNOWN.has(method)) return { code: 405, message: `Method not allowed (${pythonRepr(method)})`, fields: [ALLOW] }
    if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS')
      return { code: 501, message: `Unsupported method (${pythonRepr(method)})` }
    const target = parseTarget(method, head.target)
    if (target !== '*' && 'code' in target) return target
    const expected = head.fields.tokens('expect').filter((one) => one !== '100-continue')
    if (expected.length > 0) return { code: 417, message: 'Expectation Failed' }
    if (target === '*' || method === 'OPTIONS') return { code: 200, fields: [ALLOW, ['Content-Length', '0']] }
    const decoded = percentDecode(target.path)
    if (decoded === null) return { code: 400, message: `Bad request target (${pythonRepr(head.target)})` }
    return this.#resource(head, target.path, target.query, decoded)
  }

  #resource(head: Head, raw: string, query: string, decoded: string): Outcome {
    const missing = { code: 404, message: 'File not found' }
    if (decoded.includes('\0')) return missing
    const path = cleanPath(decoded)
    const kind = this.#site.kindOf(path)
    if (kind === 'none') return missing
    if (kind === 'file') return decoded.endsWith('/') ? missing : this.#file(head, path)
    if (!decoded.endsWith('/'))
      return {
        code: 301,
        fields: [
          ['Location', `${asciiPath(raw)}/${asciiPath(query)}`],
          ['Content-Length', '0'],
        ],
      }
    const index = INDEX.map((name) => `${path === '/' ? '' : path}/${name}`).find(
      (name) => this.#site.kindOf(name) === 'file',
    )
    if (index !== undefined) return this.#file(head, index)
    const entries = this.#site.list(path)
    if (entries === null) return { code: 404, message: 'No permission to list directory' }
    const condition = evaluate(head.fields, { etag: null, modified: null }, this.#site.now)
    if (condition === 412) return { code: 412, message: 'Precondition Failed' }
    if (condition === 304) return { code: 304 }
    const page = encodeText(listingPage(decoded, entries))
    const fields: FieldLines = [
      ['Content-type', 'text/html; charset=utf-8'],
      ['Content-Length', String(page.length)],
    ]
    return { code: 200, fields, body: [page] }
  }

  #file(head: Head, path: string): Outcome {
    const file = this.#site.open(path)
    if (file === null) return { code: 404, message: 'File not found' }
    const { now } = this.#site
    const validators = validatorsOf(file, now)
    const type = mediaType(path)
    const marks = markFields(validators)
    const condition = evaluate(head.fields, validators, now)
    if (condition !== 200) {
      file.close()
      return condition === 304 ? { code: 304, fields: marks } : { code: 412, message: 'Precondition Failed' }
    }
    const range =
      head.method === 'GET' && rangeHolds(head.fields, validators, now) ? head.fields.get('range') : undefined
    const ranges = range === undefined ? null : parseRange(range, file.size)
    if (ranges === 'unsatisfiable') {
      file.close()
      const fields: FieldLines = [['Content-Range', `bytes */${file.size}`]]
      return { code: 416, message: 'Requested Range Not Satisfiable', fields }
    }
    if (ranges !== null) return this.#partial(file, ranges, type, marks)
    const fields: FieldLines = [['Content-type', type], ['Content-Length', String(file.size)], ...marks]
    return { code: 200, fields, body: [{ start: 0, end: file.size }], file }
  }

  /** RFC 9110 15.3.7: one range as it is, several as multipart/byteranges in the order asked for. */
  #partial(file: OpenResource, ranges: readonly ByteRange[], type: string, marks: FieldLines): Answer {
    const contentRange = ({ start, end }: ByteRange): string => `bytes ${start}-${end - 1}/${file.size}`
    const [first, second] = ranges
    if (first !== undefined && second === undefined) {
      const fields: FieldLines = [
        ['Content-type', type],
        ['Content-Length', String(first.end - first.start)],
        ['Content-Range', contentRange(first)],
        ...marks,
      ]
      return { code: 206, fields, body: [first], file }
    }
    const boundary = `part-${Math.floor(file.inode).toString(16)}-${Math.floor(file.mtime).toString(16)}-${(this.#boundary++).toString(16)}`
    const body: BodyPart[] = ranges.flatMap((range, i) => [
      encodeText(
        `${i === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range)}\r\n\r\n`,
      ),
      range,
    ])
    body.push(encodeText(`\r\n--${boundary}--\r\n`))
    const fields: FieldLines = [
      ['Content-type', `multipart/byteranges; boundary=${boundary}`],
      ['Content-Length', String(lengthOf(body))],
      ...marks,
    ]
    return { code: 206, fields, body, file }
  }
}

const requestLog = (line: string, code: number): string => `"${logText(line)}" ${code} -`

const markFields = ({ etag, modified }: Validators): FieldLines => [
  ...(modified === null ? [] : ([['Last-Modified', httpDate(modified)]] as const)),
  ...(etag === null ? [] : ([['ETag', etag]] as const)),
  ['Accept-Ranges', 'bytes'],
]

/** A reason phrase has no control characters. */
const phraseText = (message: string): string => message.replace(/[^\t\x20-\x7e]/g, '?')

/** What a client sent raw goes back percent-encoded. */
const asciiPath = (text: string): string =>
  text.replace(/[^\x21-\x7e]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
