import { EINVAL, ENOPROTOOPT, EOPNOTSUPP } from '../../wire/errno.ts'
import {
  AF_UNIX,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_DOMAIN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TYPE,
  SOL_SOCKET,
} from '../constants.ts'
import { OptionError, type OptionValue } from '../socket-file.ts'
import { UnixState } from './state.ts'
import type { UnixSocket } from './unix-socket.ts'

/** net.core.wmem_default, rmem_default and their maxima. */
const BUFFER_DEFAULT = 212_992
const BUFFER_MAX = 212_992
const SEND_BUFFER_MIN = 4608
const RECEIVE_BUFFER_MIN = 2304

/** SOL_SOCKET as a Unix socket has it: buffer sizes count, the flags of the network kinds are stored (socket(7)). */
export class UnixOptions {
  sendBuffer = BUFFER_DEFAULT
  receiveBuffer = BUFFER_DEFAULT
  readonly stored = new Map<number, OptionValue>()
}

const STORED = [SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_LINGER, SO_RCVLOWAT]
const READ_ONLY = [SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ERROR, SO_ACCEPTCONN, SO_SNDLOWAT]

/** Seconds and a fraction (struct timeval), or a number of seconds, in nanoseconds. */
const timeout = (value: OptionValue): number => {
  if (typeof value === 'number') return value * 1e9
  if (typeof value === 'object' && 'seconds' in value && 'fraction' in value)
    return Number(value.seconds) * 1e9 + Number(value.fraction) * 1000
  return -1
}

/** setsockopt(2): Linux doubles buffer sizes and bounds them (socket(7)). */
export const setUnixOption = (socket: UnixSocket, level: number, name: number, value: OptionValue): number => {
  if (level !== SOL_SOCKET) return -EOPNOTSUPP
  if (READ_ONLY.includes(name)) return -ENOPROTOOPT
  if (name === SO_RCVTIMEO || name === SO_SNDTIMEO) {
    const time = timeout(value)
    if (time < 0) return -EINVAL
    if (name === SO_RCVTIMEO) socket.receiveTimeout = time
    else socket.sendTimeout = time
    return 0
  }
  if (name === SO_LINGER) {
    if (typeof value !== 'object') return -EINVAL
    socket.options.stored.set(name, value)
    return 0
  }
  if (typeof value !== 'number') return -EINVAL
  if (name === SO_SNDBUF) socket.options.sendBuffer = Math.max(Math.min(value, BUFFER_MAX) * 2, SEND_BUFFER_MIN)
  else if (name === SO_RCVBUF)
    socket.options.receiveBuffer = Math.max(Math.min(value, BUFFER_MAX) * 2, RECEIVE_BUFFER_MIN)
  else if (name === SO_RCVLOWAT) socket.options.stored.set(name, value <= 0 ? 1 : value)
  else if (STORED.includes(name)) socket.options.stored.set(name, value !== 0 ? 1 : 0)
  else return -ENOPROTOOPT
  return 0
}

/** getsockopt(2). */
export const getUnixOption = (socket: UnixSocket, level: number, name: number): OptionValue | OptionError => {
  if (level !== SOL_SOCKET) return new OptionError(-EOPNOTSUPP)
  switch (name) {
    case SO_TYPE:
      return socket.type
    case SO_DOMAIN:
      return AF_UNIX
    case SO_PROTOCOL:
      return 0
    case SO_ERROR:
      return socket.takeError()
    case SO_ACCEPTCONN:
      return socket.state === UnixState.LISTEN ? 1 : 0
    case SO_SNDBUF:
      return socket.options.sendBuffer
    case SO_RCVBUF:
      return socket.options.receiveBuffer
    case SO_SNDLOWAT:
      return 1
    case SO_RCVLOWAT:
      return socket.options.stored.get(name) ?? 1
    case SO_LINGER:
      return socket.options.stored.get(name) ?? { onoff: 0, linger: 0 }
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: {
      const time = name === SO_RCVTIMEO ? socket.receiveTimeout : socket.sendTimeout
      return { seconds: Math.floor(time / 1e9), fraction: Math.floor((time % 1e9) / 1000) }
    }
    default:
      return STORED.includes(name) ? (socket.options.stored.get(name) ?? 0) : new OptionError(-ENOPROTOOPT)
  }
}
