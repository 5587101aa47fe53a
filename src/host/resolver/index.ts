/**
 * Names: getaddrinfo(3) and getnameinfo(3) of a host.
 *
 * They read the host's own files and ask the host's own servers through its own sockets, so that a wrong /etc/hosts, a cut
 * link to the name server or a firewall on port 53 shows as it would on a machine. Nothing is cached, as in glibc without nscd.
 */

export type { PollRequest, ResolverCalls, ResolverContext } from './calls.ts'
export * from './constants.ts'
export type { DnsResult, QueryType } from './dns.ts'
export { EAI, type EaiName, ResolverError } from './errors.ts'
export {
  type AddressOrder,
  type AddrInfo,
  type AddrInfoHints,
  candidates,
  getaddrinfo,
} from './getaddrinfo.ts'
export { getnameinfo, hostNameOf, reverseName, serviceNameOf } from './getnameinfo.ts'
export { RESOLVER } from './lazy.ts'
