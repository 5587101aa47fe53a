import { EADDRINUSE, ECONNREFUSED, EINVAL, EPROTOTYPE } from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import type { UnixSocket } from './unix-socket.ts'

/** sizeof sun_path: a path may fill it without NUL, no more (unix(7); measured: 108 bytes bind, 109 do not). */
const PATH_MAX = 108

const encoder = new TextEncoder()

/**
 * The names of Unix sockets of one host. Paths live in the host's inode tree; abstract names (a leading NUL) live here,
 * each type of socket with a space of its own, and go with their socket.
 */
export class UnixNames {
  readonly #abstract = new Map<string, UnixSocket>()
  #autobind = 0

  /** Give `socket` the name, or a negative errno. An empty name means: choose one (autobind, unix(7)). */
  bind(caller: Caller, socket: UnixSocket, name: string): string | number {
    if (name === '') return this.#choose(socket)
    if (encoder.encode(name).length > PATH_MAX) return -EINVAL
    if (!name.startsWith('\0')) {
      const result = caller.paths.bindSocket(caller, name, socket)
      return result < 0 ? result : name
    }
    const key = keyOf(socket.type, name)
    if (this.#abstract.has(key)) return -EADDRINUSE
    this.#abstract.set(key, socket)
    return name
  }

  /** The socket that has the name, of the wanted type; or a negative errno. */
  find(caller: Caller, name: string, type: number): UnixSocket | number {
    if (encoder.encode(name).length > PATH_MAX || name === '') return -EINVAL
    if (name.startsWith('\0')) return this.#abstract.get(keyOf(type, name)) ?? -ECONNREFUSED
    const found = caller.paths.findSocket(caller, name)
    if (typeof found === 'number') return found
    // The tree holds what `bind` above gave it and nothing else.
    const socket = found as UnixSocket
    if (socket.released) return -ECONNREFUSED
    return socket.type === type ? socket : -EPROTOTYPE
  }

  /** The socket is gone: an abstract name is free again, a path stays (unix(7)). */
  release(socket: UnixSocket): void {
    const { name } = socket
    if (name?.startsWith('\0') === true) this.#abstract.delete(keyOf(socket.type, name))
  }

  /** NUL and five hexadecimal digits, counting on from the last one. */
  #choose(socket: UnixSocket): string | number {
    for (let tries = 0; tries < 0x100000; tries++) {
      const name = `\0${this.#autobind.toString(16).padStart(5, '0')}`
      this.#autobind = (this.#autobind + 1) & 0xfffff
      const key = keyOf(socket.type, name)
      if (this.#abstract.has(key)) continue
      this.#abstract.set(key, socket)
      return name
    }
    return -EADDRINUSE
  }
}

const keyOf = (type: number, name: string): string => `${type}${name}`
