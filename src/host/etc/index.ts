/**
 * The small databases under `/etc`: text and what it says. Programs, the resolver and `lsof` all read the host's own
 * files through these, so that editing a file on a virtual host changes what they print, as on a machine. The C library's
 * leniency is kept: a malformed line is passed over, the first that fits wins.
 */
export { type Hosts, type HostsEntry, hostsText, parseHosts } from './hosts.ts'
export { type ProtocolEntry, parseProtocols, protocolsText } from './protocols.ts'
export { parseResolvConf, type ResolvConf, resolvConfText } from './resolv-conf.ts'
export {
  isServiceName,
  parseServices,
  portRange,
  type ServiceEntry,
  type Services,
  serviceLine,
  servicesText,
} from './services.ts'
