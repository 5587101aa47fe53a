/**
 * Socket options: one table that says of each whether it is honoured, stored or refused, and does it. Tests hold it
 * against the sockets, and docs/berkeley.md against it.
 */
import { ENOPROTOOPT, EOPNOTSUPP } from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import { AF_INET, SOL_IP, SOL_IPV6, SOL_SOCKET } from '../constants.ts'
import type { InetFile } from '../inet-file.ts'
import { OptionError, type OptionValue } from '../socket-file.ts'
import { type SocketOption, toForm } from './option.ts'
import { ipOptions } from './sol-ip.ts'
import { ipv6Options } from './sol-ipv6.ts'
import { socketOptions } from './sol-socket.ts'
import { rawOptions, tcpOptions, udpOptions } from './transport.ts'

export {
  type Linger,
  type Membership,
  type OptionForm,
  type OptionStatus,
  type SocketOption,
  toBytes,
} from './option.ts'

/** Every option of inet sockets. */
export const options: readonly SocketOption[] = [
  ...socketOptions,
  ...ipOptions,
  ...ipv6Options,
  ...tcpOptions,
  ...udpOptions,
  ...rawOptions,
]

const byKey = new Map<number, SocketOption[]>()
for (const option of options) {
  const key = option.level * 1024 + option.name
  const same = byKey.get(key)
  if (same === undefined) byKey.set(key, [option])
  else same.push(option)
}

const find = (file: InetFile, level: number, name: number): SocketOption | null => {
  if (level === SOL_IPV6 && file.family === AF_INET) return null
  for (const option of byKey.get(level * 1024 + name) ?? []) if (option.kinds.includes(file.kind)) return option
  return null
}

/** setsockopt(2): zero or negative errno. */
export const setOption = (file: InetFile, caller: Caller, level: number, name: number, given: OptionValue): number => {
  const option = find(file, level, name)
  if (option === null || option.set === null) return -ENOPROTOOPT
  const formed = toForm(option.form, given)
  if (typeof formed === 'number') return formed
  return option.set(file, formed.value as never, caller)
}

const KNOWN = [SOL_SOCKET, SOL_IP, SOL_IPV6]

/** getsockopt(2). An unknown level is EOPNOTSUPP on an IPv4 socket (do_ip_getsockopt). */
export const getOption = (file: InetFile, level: number, name: number): OptionValue | OptionError => {
  const option = find(file, level, name)
  if (option !== null && option.get !== null) return option.get(file)
  const ours = KNOWN.includes(level) || options.some((one) => one.level === level && one.kinds.includes(file.kind))
  const foreign = file.family === AF_INET && (!ours || level === SOL_IPV6)
  return new OptionError(foreign ? -EOPNOTSUPP : -ENOPROTOOPT)
}
