/** Options of a UDP handle: names, time to live, broadcast, multicast, buffers. */
import {
  AF_INET6,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_TTL,
  IPPROTO_IPV6,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_UNICAST_HOPS,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_SNDBUF,
  SOL_IP,
  SOL_SOCKET,
} from '../../socket/constants.ts'
import { OptionError, type OptionValue } from '../../socket/index.ts'
import { EBADF, EINVAL, ENODEV } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import { uv } from '../errno.ts'
import { errnoException } from '../internals.ts'
import type { UdpShell } from './udp-shell.ts'

const set = (shell: UdpShell, level: number, name: number, value: OptionValue): number =>
  shell.fd < 0 ? uv(-EBADF) : uv(shell.process.setsockopt(shell.fd, level, name, value))

const isSix = (shell: UdpShell): boolean => shell.family === AF_INET6

export const setBroadcast = (shell: UdpShell, on: number): number => set(shell, SOL_SOCKET, SO_BROADCAST, on)

/** uv_udp_set_ttl: 1 to 255. */
export const setTtl = (shell: UdpShell, ttl: number): number => {
  if (shell.fd < 0) return uv(-EBADF)
  if (ttl < 1 || ttl > 255) return uv(-EINVAL)
  return isSix(shell) ? set(shell, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl) : set(shell, SOL_IP, IP_TTL, ttl)
}

/** uv__setsockopt_maybe_char: one octet. */
export const setMulticastTtl = (shell: UdpShell, ttl: number): number => {
  if (shell.fd < 0) return uv(-EBADF)
  if (ttl < 0 || ttl > 255) return uv(-EINVAL)
  return isSix(shell) ? set(shell, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl) : set(shell, SOL_IP, IP_MULTICAST_TTL, ttl)
}

export const setMulticastLoopback = (shell: UdpShell, on: number): number =>
  isSix(shell) ? set(shell, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on) : set(shell, SOL_IP, IP_MULTICAST_LOOP, on)

/** The interface that has an address, or that a zone names; 0: let the route choose; negative: there is none. */
const interfaceIndex = (shell: UdpShell, text: string): number => {
  const { interfaces } = shell.process.host.stack.ip
  const [bare, zone] = text.split('%', 2) as [string, string | undefined]
  if (zone !== undefined) {
    const link = interfaces.find(({ name, index }) => name === zone || String(index) === zone)
    return link?.index ?? -ENODEV
  }
  const address = parseAddress(bare)
  if (address === null) return -EINVAL
  if (address.isUnspecified) return 0
  const { ip } = shell.process.host.stack
  const link = interfaces.find((iface) => ip.addresses(iface).some((entry) => entry.address.equals(address)))
  return link?.index ?? -ENODEV
}

export const setMulticastInterface = (shell: UdpShell, text: string): number => {
  if (shell.fd < 0) return uv(-EBADF)
  const address = parseAddress(text.split('%', 1)[0] as string)
  if (address === null || (address.family === 6) !== isSix(shell)) return uv(-EINVAL)
  if (!isSix(shell)) return set(shell, SOL_IP, IP_MULTICAST_IF, { address })
  const index = interfaceIndex(shell, text)
  return index < 0 ? uv(index) : set(shell, IPPROTO_IPV6, IPV6_MULTICAST_IF, index)
}

/** uv_udp_set_membership: binds first if need be. */
export const setMembership = (shell: UdpShell, group: string, on: boolean, through?: string): number => {
  const address = parseAddress(group.split('%', 1)[0] as string)
  if (address === null) return uv(-EINVAL)
  const made = shell.openFor(group)
  if (made < 0) return made
  const ifindex = through === undefined ? 0 : interfaceIndex(shell, through)
  if (ifindex < 0) return uv(ifindex)
  const value = { group: address, ifindex }
  return address.family === 6
    ? set(shell, IPPROTO_IPV6, on ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, value)
    : set(shell, SOL_IP, on ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, value)
}

/** Where lib/dgram.js wants to hear what went wrong. */
interface SizeContext {
  errno?: number
  code?: string
  message?: string
  syscall?: string
}

/** uv_recv_buffer_size, uv_send_buffer_size: zero asks. Undefined: `context` says why not. */
export const bufferSize = (
  shell: UdpShell,
  size: number,
  isReceive: boolean,
  context: SizeContext,
): number | undefined => {
  const syscall = isReceive ? 'uv_recv_buffer_size' : 'uv_send_buffer_size'
  const option = isReceive ? SO_RCVBUF : SO_SNDBUF
  const found =
    shell.fd < 0
      ? new OptionError(-EBADF)
      : size > 0x7fff_ffff
        ? new OptionError(-EINVAL)
        : size === 0
          ? shell.process.getsockopt(shell.fd, SOL_SOCKET, option)
          : shell.process.setsockopt(shell.fd, SOL_SOCKET, option, size)
  if (!(found instanceof OptionError) && (found as number) >= 0) return size === 0 ? (found as number) : size
  const error = errnoException(uv(found instanceof OptionError ? found.errno : (found as number)), syscall)
  Object.assign(context, {
    errno: error.errno,
    code: error.code,
    message: error.message.replace(`${syscall} ${error.code}`, '').trim(),
    syscall,
  })
  return undefined
}
