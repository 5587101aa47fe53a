/** The socket of ping: SOCK_DGRAM of ICMP where the host allows it, else (for root) a raw one. */
import type { Process } from '../../host/index.ts'
import {
  AF_INET,
  AF_INET6,
  IP_MTU_DISCOVER,
  IP_RECVERR,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPV6_MTU_DISCOVER,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_MARK,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from '../../socket/constants.ts'
import type { AddressOut } from '../../socket/index.ts'
import type { Address } from '../../wire/address.ts'
import { EACCES, strerror } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import type { PingOptions } from './options.ts'

/** What ping says before it gives up, without the program's name. */
export class PingFailure extends Error {}

export interface PingSocket {
  readonly fd: number
  /** Where packets leave from. */
  readonly source: Address
  /** -I with a name: it is told with the source. */
  readonly device: string | null
}

const PROBE_PORT = 1025
const PROHIBITED = 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules'

export const openSocket = (proc: Process, target: Address, o: PingOptions): PingSocket => {
  const four = target.family === 4
  const fd = proc.socket(four ? AF_INET : AF_INET6, SOCK_DGRAM, four ? 1 : 58)
  if (fd < 0) throw new PingFailure(`socket: ${strerror(fd)}`)
  const bound = o.source === null ? null : parseAddress(o.source)
  const device = bound === null ? o.source : null
  if (device !== null) must(`SO_BINDTODEVICE ${device}`, proc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device))
  const source = probe(proc, target, o, bound, device)
  if (bound !== null) must('bind', proc.bind(fd, { address: bound.toString(), port: 0 }))
  setOptions(proc, fd, four, o)
  return { fd, source, device }
}

const must = (call: string, result: number): void => {
  if (result < 0) throw new PingFailure(`${call}: ${strerror(result)}`)
}

/** A UDP socket connected to the target tells the source address and whether there is a route at all. */
const probe = (
  proc: Process,
  target: Address,
  o: PingOptions,
  bound: Address | null,
  device: string | null,
): Address => {
  const fd = proc.socket(target.family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM)
  must('socket', fd)
  try {
    if (device !== null) must(`SO_BINDTODEVICE ${device}`, proc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device))
    if (bound !== null) must('bind', proc.bind(fd, { address: bound.toString(), port: 0 }))
    if (o.broadcast) proc.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1)
    const result = proc.connect(fd, { address: target.toString(), port: PROBE_PORT })
    if (result === -EACCES) throw new PingFailure(PROHIBITED)
    must('connect', result)
    const out: AddressOut = { length: 0, address: null }
    proc.getsockname(fd, out)
    const own = out.address !== null && 'address' in out.address ? parseAddress(out.address.address) : null
    return own ?? target
  } finally {
    proc.close(fd)
  }
}

const setOptions = (proc: Process, fd: number, four: boolean, o: PingOptions): void => {
  const set = (level: number, option: number, value: number): void =>
    must('setsockopt', proc.setsockopt(fd, level, option, value))
  set(four ? SOL_IP : SOL_IPV6, four ? IP_RECVERR : IPV6_RECVERR, 1)
  set(four ? SOL_IP : SOL_IPV6, four ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1)
  if (o.ttl !== null) set(four ? SOL_IP : SOL_IPV6, four ? IP_TTL : IPV6_UNICAST_HOPS, o.ttl)
  if (o.tos !== 0) set(four ? SOL_IP : SOL_IPV6, four ? IP_TOS : IPV6_TCLASS, o.tos)
  if (o.discover !== null) set(four ? SOL_IP : SOL_IPV6, four ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, o.discover)
  if (o.sendBuffer !== 0) set(SOL_SOCKET, SO_SNDBUF, o.sendBuffer)
  if (o.mark !== 0) set(SOL_SOCKET, SO_MARK, o.mark)
  if (o.broadcast) set(SOL_SOCKET, SO_BROADCAST, 1)
}
