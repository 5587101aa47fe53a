import { parseAddress } from '../../wire/parse.ts'
import { UsageError } from './options.ts'
import type { LsofSource } from './types.ts'

/** What `-i [46][protocol][@host][:ports]` selects. */
export interface AddressSpec {
  readonly family: 4 | 6 | null
  readonly protocol: 'tcp' | 'udp' | null
  readonly addresses: readonly string[] | null
  readonly ports:
    | readonly { readonly from: number; readonly to: number; readonly protocol: 'tcp' | 'udp' | null }[]
    | null
}

/** @throws UsageError in lsof's words */
export const parseAddressSpec = (text: string, source: LsofSource): AddressSpec => {
  let rest = text
  let family: 4 | 6 | null = null
  if (rest.startsWith('4') || rest.startsWith('6')) {
    family = rest.startsWith('4') ? 4 : 6
    rest = rest.slice(1)
  }
  let protocol: 'tcp' | 'udp' | null = null
  const name = /^[A-Za-z]+/.exec(rest)?.[0]
  if (name !== undefined) {
    const lower = name.toLowerCase()
    if (lower !== 'tcp' && lower !== 'udp') throw new UsageError(`unknown protocol name (${name}) in: -i ${text}`)
    protocol = lower
    rest = rest.slice(name.length)
  }
  let addresses: readonly string[] | null = null
  if (rest.startsWith('@')) {
    const host = /^@(\[[^\]]*\]|[^:]*)/.exec(rest)?.[1] ?? ''
    rest = rest.slice(host.length + 1)
    addresses = hostAddresses(host.replace(/^\[|\]$/g, ''), text, source)
  }
  if (rest === '') return { family, protocol, addresses, ports: null }
  if (!rest.startsWith(':')) throw new UsageError(`unacceptable Internet address: -i ${text}`)
  return {
    family,
    protocol,
    addresses,
    ports: rest
      .slice(1)
      .split(',')
      .flatMap((p) => portRange(p, protocol, text, source)),
  }
}

const hostAddresses = (host: string, text: string, source: LsofSource): readonly string[] => {
  const numeric = parseAddress(host)
  if (numeric !== null) return [numeric.toString()]
  const named = source.addresses(host)
  if (named.length === 0) throw new UsageError(`unknown host name (${host}) in: -i ${text}`)
  return named
}

const portRange = (
  text: string,
  protocol: 'tcp' | 'udp' | null,
  whole: string,
  source: LsofSource,
): { from: number; to: number; protocol: 'tcp' | 'udp' | null }[] => {
  const range = /^(\d+)-(\d+)$/.exec(text)
  if (range !== null) return [{ from: Number(range[1]), to: Number(range[2]), protocol }]
  if (/^\d+$/.test(text)) {
    const port = Number(text)
    if (port > 65_535) throw new UsageError(`unacceptable port specification in: -i ${whole}`)
    return [{ from: port, to: port, protocol }]
  }
  const found = (protocol === null ? (['tcp', 'udp'] as const) : [protocol]).flatMap((p) => {
    const port = source.servicePort(text, p)
    return port === null ? [] : [{ from: port, to: port, protocol: p }]
  })
  if (found.length === 0) throw new UsageError(`unknown service ${text} in: -i ${whole}`)
  return found
}
