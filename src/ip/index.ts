/**
 * IP: what arrives is judged and delivered, forwarded or dropped; what leaves is routed, cut up and given to its first hop.
 *
 * One class, `Ip`, joins the parts, a file a concern. Routing is asked once a connection: a `Path` keeps source, first hop
 * and MTU, and looks itself up again when the host's `generation` moved on. Timers run only while something is waited for
 * (an answer to ARP, a fragment, a probe); what merely grows old is judged when it is looked at, so that an idle network
 * is idle.
 *
 * Left out: neighbour discovery and autoconfiguration of IPv6 (neighbours are set by hand), IGMP and MLD reports (nothing
 * here filters groups), policy routing, multicast routing, address conflict detection (Linux has none for IPv4 either).
 */
export type { LocalRoute, OwnAddress } from './addresses.ts'
export type { Membership } from './groups.ts'
export { Ip } from './ip.ts'
export type { NeighbourInfo } from './neighbours.ts'
export { RoutePath } from './path.ts'
export type { Exception } from './pmtu.ts'
export type { RouteEntry, RouteMatch, RouteMode, RouteSpec } from './routes.ts'
export type {
  Hook,
  HookPoint,
  IcmpError,
  IpLayer,
  NeighbourState,
  Path,
  PathOptions,
  Route,
  TransportHandler,
} from './types.ts'
