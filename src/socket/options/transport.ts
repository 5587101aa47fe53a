import type { TcpEndpoint } from '../../tcp/types.ts'
import type { UdpEndpoint } from '../../udp/index.ts'
import {
  ICMP_FILTER,
  SOL_RAW,
  SOL_TCP,
  SOL_UDP,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_FASTOPEN,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
} from '../constants.ts'
import type { InetFile } from '../inet-file.ts'
import { OptionError, type OptionValue } from '../socket-file.ts'
import { flag, integer, type OptionForm, RAW, refused, type SocketOption, structured, TCP, UDP } from './option.ts'

const tcp = (file: InetFile): TcpEndpoint => file.endpoint as TcpEndpoint

const read = (file: InetFile, name: number): OptionValue | OptionError => {
  const value = tcp(file).getOption(name)
  return typeof value === 'object' && 'error' in value ? new OptionError(value.error) : value
}

/** TCP judges its own options; the number is all that passes. */
const own = (name: number, symbol: string, form: OptionForm = 'int'): SocketOption =>
  structured<number | string>(
    SOL_TCP,
    name,
    symbol,
    TCP,
    form,
    (file) => read(file, name),
    (file, value) => tcp(file).setOption(name, value),
  )

export const tcpOptions: readonly SocketOption[] = [
  own(TCP_NODELAY, 'TCP_NODELAY', 'bool'),
  own(TCP_MAXSEG, 'TCP_MAXSEG'),
  own(TCP_CORK, 'TCP_CORK', 'bool'),
  own(TCP_KEEPIDLE, 'TCP_KEEPIDLE'),
  own(TCP_KEEPINTVL, 'TCP_KEEPINTVL'),
  own(TCP_KEEPCNT, 'TCP_KEEPCNT'),
  own(TCP_SYNCNT, 'TCP_SYNCNT'),
  own(TCP_LINGER2, 'TCP_LINGER2'),
  own(TCP_DEFER_ACCEPT, 'TCP_DEFER_ACCEPT'),
  own(TCP_WINDOW_CLAMP, 'TCP_WINDOW_CLAMP'),
  own(TCP_QUICKACK, 'TCP_QUICKACK'),
  own(TCP_CONGESTION, 'TCP_CONGESTION', 'text'),
  own(TCP_USER_TIMEOUT, 'TCP_USER_TIMEOUT'),
  own(TCP_NOTSENT_LOWAT, 'TCP_NOTSENT_LOWAT'),
  structured(SOL_TCP, TCP_INFO, 'TCP_INFO', TCP, 'record', (file) => read(file, TCP_INFO), null),
  refused(SOL_TCP, TCP_FASTOPEN, 'TCP_FASTOPEN', TCP),
]

export const udpOptions: readonly SocketOption[] = [
  flag(
    SOL_UDP,
    1,
    'UDP_CORK',
    UDP,
    (file) => (file.endpoint as unknown as UdpEndpoint).corked,
    (file, on) => {
      ;(file.endpoint as unknown as UdpEndpoint).corked = on
      return 0
    },
  ),
]

export const rawOptions: readonly SocketOption[] = [
  integer(
    SOL_RAW,
    ICMP_FILTER,
    'ICMP_FILTER',
    RAW,
    (file) => (file.endpoint as unknown as { icmpFilter: number }).icmpFilter,
    (file, value) => {
      ;(file.endpoint as unknown as { icmpFilter: number }).icmpFilter = value
      return 0
    },
  ),
]
