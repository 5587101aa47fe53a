import type { Address } from '../../wire/address.ts'
import { parseHosts } from '../etc/hosts.ts'
import { parseResolvConf } from '../etc/resolv-conf.ts'
import { parseServices } from '../etc/services.ts'
import type { ResolverCalls, ResolverContext } from './calls.ts'
import { NI_DGRAM, NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV } from './constants.ts'
import { query } from './dns.ts'
import { ResolverError } from './errors.ts'

/** RFC 1035 3.5 and RFC 3596 2.5: the name under which an address has its PTR record. */
export const reverseName = (address: Address): string => {
  if (address.family === 4) {
    const w = address.w3
    return `${w & 255}.${(w >>> 8) & 255}.${(w >>> 16) & 255}.${w >>> 24}.in-addr.arpa`
  }
  const hex = [address.w0, address.w1, address.w2, address.w3]
    .map((w) => (w >>> 0).toString(16).padStart(8, '0'))
    .join('')
  return `${[...hex].reverse().join('.')}.ip6.arpa`
}

/** The name of an address in /etc/hosts, or null. What lsof and ss print; it asks nobody. */
export const hostNameOf = (context: Pick<ResolverContext, 'file'>, address: Address): string | null =>
  parseHosts(context.file('/etc/hosts') ?? '').reverse(address.unmapped().toString()) ?? null

/** The service's name in /etc/services, or null. */
export const serviceNameOf = (
  context: Pick<ResolverContext, 'file'>,
  port: number,
  protocol: 'tcp' | 'udp',
): string | null => parseServices(context.file('/etc/services') ?? '').byPort(port, protocol) ?? null

/**
 * getnameinfo(3): names of an address and a port, or their numbers where there is none.
 *
 * @throws ResolverError EAI_NONAME with NI_NAMEREQD
 */
export const getnameinfo = async (
  calls: ResolverCalls,
  context: ResolverContext,
  address: Address,
  port: number,
  flags = 0,
): Promise<{ host: string; service: string }> => {
  const number = String(port)
  const service =
    (flags & NI_NUMERICSERV) !== 0
      ? number
      : (serviceNameOf(context, port, (flags & NI_DGRAM) !== 0 ? 'udp' : 'tcp') ?? number)
  if ((flags & NI_NUMERICHOST) !== 0) return { host: address.toString(), service }
  const name = hostNameOf(context, address) ?? (await ask(calls, context, address))
  if (name === null && (flags & NI_NAMEREQD) !== 0) throw new ResolverError('NONAME', address.toString())
  return { host: name ?? address.toString(), service }
}

const ask = async (calls: ResolverCalls, context: ResolverContext, address: Address): Promise<string | null> => {
  const conf = parseResolvConf(context.file('/etc/resolv.conf') ?? '')
  if (conf.nameservers.length === 0) return null
  const { answers } = await query(calls, context, conf, reverseName(address.unmapped()), 'PTR')
  const data = answers[0]?.data
  return typeof data === 'string' ? data.replace(/\.$/, '') : null
}
