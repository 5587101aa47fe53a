/** netstat -i and -r: interfaces with their counters, and routes. */
import { NI_NUMERICSERV, type Process } from '../../host/index.ts'
import { Ip, type RouteEntry } from '../../ip/index.ts'
import { prefixMask } from '../../wire/parse.ts'
import { padEnd, padStart } from '../table.ts'
import type { Has } from './sockets.ts'

export const interfaceTable = ({ host }: Process, has: Has): string => {
  let text =
    'Kernel Interface table\n' +
    'Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'
  const all = [...host.stack.ip.interfaces].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, mtu, stats, kind, up, running, promiscuous } of all) {
    if (!up && !has('a')) continue
    const flags = (kind === 'loopback' ? 'L' : 'BM') + (promiscuous ? 'P' : '') + (running ? 'R' : '') + (up ? 'U' : '')
    const direction = (packets: number, errors: number, dropped: number): string =>
      `${padStart(`${packets}`, 8)} ${padStart(`${errors}`, 6)} ${padStart(`${dropped}`, 6)}`
    text +=
      `${padEnd(name, 15)} ${padStart(`${mtu}`, 5)} ` +
      `${direction(stats.rxPackets, stats.rxErrors, stats.rxDropped)} ${padEnd('0', 6)} ` +
      `${direction(stats.txPackets, stats.txErrors, stats.txDropped)} ${padStart('0', 6)} ${flags}\n`
  }
  return text
}

const routesOf = ({ host }: Process, family: 4 | 6): RouteEntry[] => {
  const { ip } = host.stack
  const routes = ip instanceof Ip ? ip.routes(family) : []
  return routes.filter(({ type, iface }) => type !== 'unicast' || iface.up)
}

const route4 = async (proc: Process, has: Has, route: RouteEntry): Promise<string> => {
  const { destination, prefixLength, gateway, iface, type, mtu } = route
  const isNumeric = has('n')
  const named = async (address: typeof destination): Promise<string> =>
    isNumeric || address.isUnspecified
      ? `${address}`
      : (await proc.promises.getnameinfo(address, 0, NI_NUMERICSERV)).host
  const target = prefixLength === 0 && !isNumeric ? 'default' : await named(destination)
  const isReject = type !== 'unicast'
  const via = isReject ? '-' : gateway === null ? '0.0.0.0' : await named(gateway)
  const flags = isReject ? '!' : `U${gateway === null ? '' : 'G'}`
  const mask = `${prefixMask(4, prefixLength)}`
  const head = `${padEnd(target, 15)} ${padEnd(via, 15)} ${padEnd(mask, 15)} `
  // fib_flag_trans: RTF_HOST for a whole address.
  const tail = padEnd(flags + (prefixLength === 32 ? 'H' : ''), 7)
  if (isReject) return `${head}${tail}   - -          - -\n`
  return `${head}${tail} ${padStart(`${mtu === 0 ? 0 : mtu - 40}`, 3)} 0          0 ${iface.name}\n`
}

const route6 = ({ destination, prefixLength, gateway, iface, type, metric }: RouteEntry): string => {
  const flags = type !== 'unicast' ? '!' : gateway === null ? 'U' : 'UG'
  const target = padEnd(`${destination}/${prefixLength}`, 30)
  const ends = `${target} ${padEnd(gateway === null ? '::' : `${gateway}`, 26)}`
  return `${ends} ${padEnd(flags, 4)} ${padEnd(`${metric}`, 3)} 1 ${padStart('0', 6)} ${iface.name}\n`
}

export const routeTable = async (proc: Process, has: Has): Promise<string> => {
  let text = ''
  if (!has('6') || has('4')) {
    text += 'Kernel IP routing table\n'
    text += 'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n'
    for (const route of routesOf(proc, 4)) text += await route4(proc, has, route)
  }
  if (has('6')) {
    text += 'Kernel IPv6 routing table\n'
    text += 'Destination                    Next Hop                   Flag Met Ref  Use If\n'
    for (const route of routesOf(proc, 6)) text += route6(route)
  }
  return text
}
