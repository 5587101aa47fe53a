/** The calls of a TCP handle that only ask or set: names and options, with libuv's defaults. */

import type { Process } from '../../host/index.ts'
import {
  AF_INET6,
  IP_TOS,
  IPPROTO_IPV6,
  IPV6_TCLASS,
  SO_KEEPALIVE,
  SO_LINGER,
  SOL_IP,
  SOL_SOCKET,
  SOL_TCP,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from '../../socket/constants.ts'
import { type AddressOut, OptionError } from '../../socket/index.ts'
import { EBADF } from '../../wire/errno.ts'
import { uv } from '../errno.ts'
import type { NativeHandle } from '../internals.ts'
import { closeConnection } from './closing.ts'
import type { Connection } from './connection.ts'

/** Where lib/net.js wants a name. */
export interface NameOut {
  address?: string
  family?: string
  port?: number
}

/** What has a descriptor. */
export interface Endpoint {
  readonly process: Process
  readonly fd: number
}

const fill = (process: Process, out: NameOut, found: AddressOut): number => {
  const { address } = found
  if (address === null || !('address' in address)) return uv(-EBADF)
  const scope = address.scopeId ?? 0
  const link = scope === 0 ? undefined : process.host.stack.ip.interfaces.find(({ index }) => index === scope)
  out.address = link === undefined ? String(address.address) : `${String(address.address)}%${link.name}`
  out.family = address.family === AF_INET6 ? 'IPv6' : 'IPv4'
  out.port = address.port
  return 0
}

export const getsockname = ({ process, fd }: Endpoint, out: NameOut): number => {
  const found: AddressOut = { length: 0, address: null }
  const result = process.getsockname(fd, found)
  return result < 0 ? uv(result) : fill(process, out, found)
}

export const getpeername = ({ process, fd }: Endpoint, out: NameOut): number => {
  const found: AddressOut = { length: 0, address: null }
  const result = process.getpeername(fd, found)
  return result < 0 ? uv(result) : fill(process, out, found)
}

export const setNoDelay = ({ process, fd }: Endpoint, on: boolean): number =>
  uv(process.setsockopt(fd, SOL_TCP, TCP_NODELAY, on ? 1 : 0))

/** uv_tcp_keepalive: one second between probes and ten of them, unless given. */
export const setKeepAlive = (
  { process, fd }: Endpoint,
  on: boolean,
  delay: number,
  interval = 1,
  count = 10,
): number => {
  const result = process.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0)
  if (result < 0 || !on || !(delay > 0)) return uv(result)
  const idle = process.setsockopt(fd, SOL_TCP, TCP_KEEPIDLE, delay)
  if (idle < 0) return uv(idle)
  const each = process.setsockopt(fd, SOL_TCP, TCP_KEEPINTVL, interval)
  return uv(each < 0 ? each : process.setsockopt(fd, SOL_TCP, TCP_KEEPCNT, count))
}

const isSix = (process: Process, fd: number): boolean => {
  const found: AddressOut = { length: 0, address: null }
  return process.getsockname(fd, found) === 0 && found.address?.family === AF_INET6
}

export const setTypeOfService = ({ process, fd }: Endpoint, value: number): number =>
  uv(
    isSix(process, fd)
      ? process.setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, value)
      : process.setsockopt(fd, SOL_IP, IP_TOS, value),
  )

export const getTypeOfService = ({ process, fd }: Endpoint): number => {
  const value = isSix(process, fd)
    ? process.getsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS)
    : process.getsockopt(fd, SOL_IP, IP_TOS)
  return value instanceof OptionError ? uv(value.errno) : (value as number)
}

/** uv_tcp_close_reset: RST instead of FIN. */
export const reset = (connection: Connection, shell: NativeHandle | null, callback?: () => void): number => {
  const result = connection.process.setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 })
  if (result < 0) return uv(result)
  closeConnection(connection, shell, callback)
  return 0
}
