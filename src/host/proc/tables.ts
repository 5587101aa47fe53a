/** /proc/net/route and /proc/net/arp: the IPv4 tables of a host's own IP layer, in the kernel's own format. */
import type { Ip, NeighbourInfo, RouteEntry } from '../../ip/index.ts'
import { ANY4, MAC_NONE } from '../../wire/address.ts'
import type { FileTree, Identity } from '../files/index.ts'
import { swapped } from './net.ts'
import { generated } from './pid.ts'

const ROUTE_WIDTH = 127
/** RTF_*. */
const UP = 1
const GATEWAY = 2
const HOST = 4
const REJECT = 0x200

const maskOf = (length: number): number => (length === 0 ? 0 : -1 << (32 - length))

/** fib_route_seq_show. Reference and use counts have been 0 since Linux 3.6. */
const routeLine = ({ destination, prefixLength, gateway, iface, metric, type, mtu }: RouteEntry): string => {
  const refused = type === 'unreachable' || type === 'prohibit'
  const flags = UP | (gateway === null ? 0 : GATEWAY) | (prefixLength === 32 ? HOST : 0) | (refused ? REJECT : 0)
  const cells = [
    type === 'unicast' ? iface.name : '*',
    swapped(destination.w3),
    swapped((gateway ?? ANY4).w3),
    flags.toString(16).toUpperCase().padStart(4, '0'),
    0,
    0,
    metric,
    swapped(maskOf(prefixLength)),
    mtu,
    0,
    0,
  ]
  return cells.join('\t').padEnd(ROUTE_WIDTH)
}

export const procRoute = (routes: readonly RouteEntry[]): string => {
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
  // Linux has no route over an interface that is down.
  const shown = routes.filter(({ type, iface }) => type !== 'unicast' || iface.up)
  return [head.padEnd(ROUTE_WIDTH), ...shown.map(routeLine), ''].join('\n')
}

/** ATF_COM: the address is known; ATF_PERM: for good. */
const flagsOf = ({ state, mac }: NeighbourInfo): number => (state === 'PERMANENT' ? 6 : mac === null ? 0 : 2)

/** arp_format_neigh_entry: hardware type 1 is Ethernet. */
const arpLine = (one: NeighbourInfo): string =>
  `${`${one.address}`.padEnd(16)} 0x${'1'.padEnd(10)}0x${String(flagsOf(one)).padEnd(10)}` +
  `${`${one.mac ?? MAC_NONE}`.padEnd(17)}     *        ${one.iface.name}\n`

export const procArp = (neighbours: readonly NeighbourInfo[]): string => {
  const shown = neighbours.filter(({ address, state }) => address.family === 4 && state !== 'NOARP')
  return `IP address       HW type     Flags       HW address            Mask     Device\n${shown.map(arpLine).join('')}`
}

/** Put both into /proc/net. */
export const putIpTables = (tree: FileTree, who: Identity, ip: Ip): void => {
  const net = tree.findDirectory(who, '/proc/net')
  if (typeof net === 'number') throw new Error('invariant: /proc/net is a directory')
  const put = (name: string, text: () => string): void => tree.attach(net, name, generated(tree, text))
  put('route', () => procRoute(ip.routes(4)))
  put('arp', () => procArp(ip.neighbours()))
}
