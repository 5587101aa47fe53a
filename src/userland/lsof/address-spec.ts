import { parseAddress } from '../../wire/parse.ts'
import { type AddressSpec, type PortSpan, type Protocol, UsageError } from './request.ts'
import type { LsofSource } from './types.ts'

/** @throws UsageError in lsof's words */
export const parseAddressSpec = (text: string, source: LsofSource): AddressSpec => {
  const [, version, name = '', host, , ports] = /^([46](?!\d))?([^@:]*)(?:@(\[[^\]]*\]?|[^:]*))?((?::)(.*))?$/.exec(
    text,
  ) as RegExpExecArray
  const family = version === undefined ? null : version === '4' ? 4 : 6
  const protocol = protocolOf(name, text)
  const addresses = host === undefined ? null : hostAddresses(host, family, text, source)
  if (ports === undefined) return { text, family, protocol, addresses, ports: null }
  if (host !== undefined && host.includes(':') === false && ports.includes(':'))
    throw new UsageError(`unacceptable Internet address in: -i ${text}`)
  if (ports === '') throw new UsageError(`unacceptable port specification in: -i ${text}`)
  return {
    text,
    family,
    protocol,
    addresses,
    ports: ports.split(',').flatMap((p) => portSpans(p, protocol, text, source)),
  }
}

const protocolOf = (name: string, text: string): Protocol | null => {
  if (name === '') return null
  const lower = name.toLowerCase()
  if (lower === 'tcp' || lower === 'udp') return lower
  throw new UsageError(`unknown protocol name (${name}) in: -i ${text}`)
}

const hostAddresses = (host: string, family: 4 | 6 | null, text: string, source: LsofSource): readonly string[] => {
  if (host === '') throw new UsageError(`unacceptable Internet address in: -i ${text}`)
  const isBracketed = host.startsWith('[')
  if (isBracketed && !host.endsWith(']')) throw new UsageError(`unacceptable Internet address in: -i ${text}`)
  const bare = isBracketed ? host.slice(1, -1) : host
  const numeric = parseAddress(bare)
  if (numeric !== null) {
    if (numeric.family === 4 && family === 6) throw new UsageError(`IPv4 addresses are prohibited: -i ${text}`)
    if (numeric.family === 6 && family === 4) throw new UsageError(`IPv6 addresses are prohibited: -i ${text}`)
    return [numeric.toString()]
  }
  const named = source.addresses(bare).filter((a) => family === null || (family === 6) === a.includes(':'))
  if (named.length === 0) throw new UsageError(`unknown host name (${bare}) in: -i ${text}`)
  return named
}

const portSpans = (text: string, protocol: Protocol | null, whole: string, source: LsofSource): PortSpan[] => {
  const range = /^(\d+)(?:-(\d+))?$/.exec(text)
  if (range !== null) {
    const from = Number(range[1])
    const to = Number(range[2] ?? from)
    if (to >= from) return [{ from, to, protocol }]
  }
  if (range !== null || text === '' || /^\d+-/.test(text))
    throw new UsageError(`unacceptable port specification in: -i ${whole}`)
  const found = (protocol === null ? (['tcp', 'udp'] as const) : [protocol]).flatMap((p) => {
    const port = source.servicePort(text, p)
    return port === null ? [] : [{ from: port, to: port, protocol: p }]
  })
  const where = protocol === null ? '' : ` for ${protocol}`
  if (found.length === 0) throw new UsageError(`unknown service ${text}${where} in: -i ${whole}`)
  return found
}
