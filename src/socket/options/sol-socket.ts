import type { NetworkInterface } from '../../link/interface.ts'
import type { TcpEndpoint } from '../../tcp/types.ts'
import { EDOM, EINVAL, ENODEV, EPERM } from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import {
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SO_BROADCAST,
  SO_BUSY_POLL,
  SO_DEBUG,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_INCOMING_CPU,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SO_TYPE,
  SOL_SOCKET,
} from '../constants.ts'
import type { InetFile } from '../inet-file.ts'
import type { TimeValue } from '../message.ts'
import { Switch } from '../switch.ts'
import {
  ALL,
  DATAGRAM,
  flag,
  integer,
  type Linger,
  refused,
  type SocketOption,
  stored,
  structured,
  TCP,
  UDP,
} from './option.ts'

const L = SOL_SOCKET
const INT_MAX = 2_147_483_647

const tcp = (file: InetFile): TcpEndpoint => file.endpoint as TcpEndpoint

const switched = (name: number, symbol: string, bit: number): SocketOption =>
  flag(
    L,
    name,
    symbol,
    DATAGRAM,
    (file) => file.has(bit),
    (file, on) => file.turn(bit, on) as undefined,
  )

/** sock_set_timeout: nanoseconds; 0 for ever. A negative time has run out already. */
const nanoseconds = (value: TimeValue): number => {
  if (value.fraction < 0 || value.fraction >= 1_000_000) return -EDOM
  if (value.seconds < 0) return 1
  return value.seconds * 1e9 + value.fraction * 1000
}

const timeValue = (nanoseconds: number): TimeValue => ({
  seconds: Math.floor(nanoseconds / 1e9),
  fraction: Math.floor((nanoseconds % 1e9) / 1000),
})

/** Linux: a device may be named by anybody, changed or taken away with CAP_NET_RAW only. */
const bindDevice = (file: InetFile, iface: NetworkInterface | null, caller: Caller): number => {
  if (file.endpoint.boundDevice !== null && !caller.privileged) return -EPERM
  file.endpoint.boundDevice = iface
  return 0
}

const setPriority = (file: InetFile, value: number, caller: Caller): number => {
  if ((value < 0 || value > 6) && !caller.privileged) return -EPERM
  file.priority = value
  return 0
}

const setMark = (file: InetFile, value: number, caller: Caller): number => {
  if (!caller.privileged) return -EPERM
  file.endpoint.mark = value
  return 0
}

const readOnly: readonly SocketOption[] = [
  integer(L, SO_TYPE, 'SO_TYPE', ALL, (file) => file.type, null),
  integer(L, SO_ERROR, 'SO_ERROR', ALL, (file) => file.endpoint.takeError(), null),
  integer(L, SO_ACCEPTCONN, 'SO_ACCEPTCONN', ALL, (file) => (file.isListening ? 1 : 0), null),
  integer(L, SO_DOMAIN, 'SO_DOMAIN', ALL, (file) => file.family, null),
  integer(L, SO_PROTOCOL, 'SO_PROTOCOL', ALL, (file) => file.protocol, null),
  integer(L, SO_SNDLOWAT, 'SO_SNDLOWAT', ALL, () => 1, null),
]

const buffers: readonly SocketOption[] = [
  integer(
    L,
    SO_RCVBUF,
    'SO_RCVBUF',
    ALL,
    (file) => file.endpoint.receiveBuffer,
    (file, value) => file.setReceiveBuffer(value),
  ),
  integer(
    L,
    SO_SNDBUF,
    'SO_SNDBUF',
    ALL,
    (file) => file.endpoint.sendBuffer,
    (file, value) => file.setSendBuffer(value),
  ),
  refused(L, SO_RCVBUFFORCE, 'SO_RCVBUFFORCE', ALL),
  refused(L, SO_SNDBUFFORCE, 'SO_SNDBUFFORCE', ALL),
  integer(
    L,
    SO_RCVLOWAT,
    'SO_RCVLOWAT',
    TCP,
    (file) => tcp(file).rcvLowat,
    (file, value) => {
      tcp(file).rcvLowat = value < 0 ? INT_MAX : value === 0 ? 1 : value
      return 0
    },
  ),
  stored(L, SO_RCVLOWAT, 'SO_RCVLOWAT', DATAGRAM, 'int', 1),
]

const times: readonly SocketOption[] = [
  structured<TimeValue>(
    L,
    SO_RCVTIMEO,
    'SO_RCVTIMEO',
    ALL,
    'time',
    (file) => timeValue(file.receiveTimeout),
    (file, value) => {
      const time = nanoseconds(value)
      if (time < 0) return time
      file.receiveTimeout = time
      return 0
    },
  ),
  structured<TimeValue>(
    L,
    SO_SNDTIMEO,
    'SO_SNDTIMEO',
    ALL,
    'time',
    (file) => timeValue(file.sendTimeout),
    (file, value) => {
      const time = nanoseconds(value)
      if (time < 0) return time
      file.sendTimeout = time
      return 0
    },
  ),
  switched(SO_TIMESTAMP, 'SO_TIMESTAMP', Switch.TIMESTAMP),
  switched(SO_TIMESTAMPNS, 'SO_TIMESTAMPNS', Switch.TIMESTAMP_NS),
  stored(L, SO_TIMESTAMP, 'SO_TIMESTAMP', TCP, 'bool', 0),
  stored(L, SO_TIMESTAMPNS, 'SO_TIMESTAMPNS', TCP, 'bool', 0),
]

const devices: readonly SocketOption[] = [
  structured<string>(
    L,
    SO_BINDTODEVICE,
    'SO_BINDTODEVICE',
    ALL,
    'text',
    (file) => file.endpoint.boundDevice?.name ?? '',
    (file, value, caller) => {
      if (value === '') return bindDevice(file, null, caller)
      const iface = file.sockets.interfaceNamed(value)
      return iface === null ? -ENODEV : bindDevice(file, iface, caller)
    },
  ),
  integer(
    L,
    SO_BINDTOIFINDEX,
    'SO_BINDTOIFINDEX',
    ALL,
    (file) => file.endpoint.boundDevice?.index ?? 0,
    (file, value, caller) => {
      if (value < 0) return -EINVAL
      if (value === 0) return bindDevice(file, null, caller)
      const iface = file.sockets.interfaceAt(value)
      return iface === null ? -ENODEV : bindDevice(file, iface, caller)
    },
  ),
]

const tcpOnly: readonly SocketOption[] = [
  flag(
    L,
    SO_KEEPALIVE,
    'SO_KEEPALIVE',
    TCP,
    (file) => tcp(file).keepAlive,
    (file, on) => {
      tcp(file).keepAlive = on
      return 0
    },
  ),
  flag(
    L,
    SO_OOBINLINE,
    'SO_OOBINLINE',
    TCP,
    (file) => tcp(file).oobInline,
    (file, on) => {
      tcp(file).oobInline = on
      return 0
    },
  ),
  structured<Linger>(
    L,
    SO_LINGER,
    'SO_LINGER',
    TCP,
    'linger',
    (file) => lingerOf(tcp(file).linger),
    (file, value) => {
      tcp(file).linger = value.onoff === 0 ? -1 : value.linger
      return 0
    },
  ),
  stored(L, SO_KEEPALIVE, 'SO_KEEPALIVE', DATAGRAM, 'bool', 0),
  stored(L, SO_OOBINLINE, 'SO_OOBINLINE', DATAGRAM, 'bool', 0),
  stored(L, SO_LINGER, 'SO_LINGER', DATAGRAM, 'linger', { onoff: 0, linger: 0 } satisfies Linger),
]

const lingerOf = (seconds: number): Linger => (seconds < 0 ? { onoff: 0, linger: 0 } : { onoff: 1, linger: seconds })

export const socketOptions: readonly SocketOption[] = [
  flag(
    L,
    SO_REUSEADDR,
    'SO_REUSEADDR',
    ALL,
    (file) => file.endpoint.reuseAddress,
    (file, on) => {
      file.endpoint.reuseAddress = on
      return 0
    },
  ),
  flag(
    L,
    SO_REUSEPORT,
    'SO_REUSEPORT',
    ALL,
    (file) => file.endpoint.reusePort,
    (file, on) => {
      file.endpoint.reusePort = on
      return 0
    },
  ),
  flag(
    L,
    SO_BROADCAST,
    'SO_BROADCAST',
    DATAGRAM,
    (file) => (file.endpoint as { broadcast: boolean }).broadcast,
    (file, on) => {
      ;(file.endpoint as { broadcast: boolean }).broadcast = on
      return 0
    },
  ),
  stored(L, SO_BROADCAST, 'SO_BROADCAST', TCP, 'bool', 0),
  flag(
    L,
    SO_NO_CHECK,
    'SO_NO_CHECK',
    UDP,
    (file) => (file.endpoint as { noChecksum: boolean }).noChecksum,
    (file, on) => {
      ;(file.endpoint as { noChecksum: boolean }).noChecksum = on
      return 0
    },
  ),
  stored(L, SO_NO_CHECK, 'SO_NO_CHECK', ['tcp', 'ping', 'raw'], 'bool', 0),
  stored(L, SO_DONTROUTE, 'SO_DONTROUTE', ALL, 'bool', 0),
  stored(L, SO_DEBUG, 'SO_DEBUG', ALL, 'bool', 0),
  { ...integer(L, SO_PRIORITY, 'SO_PRIORITY', ALL, (file) => file.priority, setPriority), status: 'stored' },
  integer(L, SO_MARK, 'SO_MARK', ALL, (file) => file.endpoint.mark, setMark),
  switched(SO_RXQ_OVFL, 'SO_RXQ_OVFL', Switch.RXQ_OVFL),
  refused(L, SO_INCOMING_CPU, 'SO_INCOMING_CPU', ALL),
  refused(L, SO_BUSY_POLL, 'SO_BUSY_POLL', ALL),
  ...readOnly,
  ...buffers,
  ...times,
  ...devices,
  ...tcpOnly,
]
