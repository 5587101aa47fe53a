/** DNS records in the shapes of `dns.resolve*`. */
import type { DnsResult, QueryType } from '../../host/index.ts'

export interface Answers {
  readonly result: readonly unknown[]
  /** Seconds, of addresses. */
  readonly ttls: readonly number[]
}

type Answer = DnsResult['answers'][number]
type Fields = Readonly<Record<string, unknown>>

const text = new TextDecoder()
const plain = (name: unknown): string => String(name).replace(/\.$/, '')

const strings = (data: unknown): string[] => {
  const chunks = Array.isArray(data) ? (data as unknown[]) : [data]
  return chunks.map((chunk) => (chunk instanceof Uint8Array ? text.decode(chunk) : String(chunk)))
}

type PlainType = Exclude<QueryType, 'ANY'>

const SHAPES: Readonly<Record<PlainType, (data: unknown) => unknown>> = {
  A: String,
  AAAA: String,
  CNAME: plain,
  NS: plain,
  PTR: plain,
  TXT: strings,
  MX: (data) => {
    const { exchange, preference } = data as Fields
    return { exchange: plain(exchange), priority: preference ?? 0 }
  },
  SRV: (data) => {
    const { target, port, priority, weight } = data as Fields
    return { name: plain(target), port, priority: priority ?? 0, weight: weight ?? 0 }
  },
  SOA: (data) => {
    const { mname, rname, serial, refresh, retry, expire, minimum } = data as Fields
    return { nsname: plain(mname), hostmaster: plain(rname), serial, refresh, retry, expire, minttl: minimum }
  },
  CAA: (data) => {
    const { flags, tag, value } = data as Fields
    return { critical: flags ?? 0, [String(tag)]: value }
  },
  NAPTR: (data) => {
    const { flags, services, regexp, replacement, order, preference } = data as Fields
    return { flags, service: services, regexp, replacement: plain(replacement), order, preference }
  },
}

/** The field of `resolveAny` that has what a record's own call gives as a plain value. */
const PLAIN_FIELDS: Readonly<Record<string, string>> = {
  A: 'address',
  AAAA: 'address',
  CNAME: 'value',
  NS: 'value',
  PTR: 'value',
  TXT: 'entries',
}

/** A record of `resolveAny`: its fields, with its type. */
const anyOf = (answer: Answer): object[] => {
  const { type, data, ttl } = answer as { type: string; data: unknown; ttl?: number }
  const shape = (SHAPES as Readonly<Record<string, (data: unknown) => unknown>>)[type]
  if (shape === undefined) return []
  const field = PLAIN_FIELDS[type]
  const fields = field === undefined ? (shape(data) as object) : { [field]: shape(data) }
  return [{ ...fields, ...(field === 'address' ? { ttl: ttl ?? 0 } : {}), type }]
}

export const recordsOf = (type: QueryType, answers: readonly Answer[]): Answers => {
  if (type === 'ANY') return { result: answers.flatMap(anyOf), ttls: [] }
  return {
    result: (type === 'SOA' ? answers.slice(0, 1) : answers).map((answer) =>
      SHAPES[type]((answer as { data: unknown }).data),
    ),
    ttls: answers.map((answer) => Number((answer as { ttl?: number }).ttl ?? 0)),
  }
}
