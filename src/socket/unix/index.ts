/**
 * Unix sockets (unix(7)): stream, datagram and seqpacket; named by a path, by an abstract name, or not at all.
 *
 * The same calls as on the network and no packet: a message goes from the sender's charge into the receiver's queue at
 * once. Passing descriptors and credentials comes later and is refused until then.
 */
import type { HostContext } from '../../time/context.ts'
import { EINVAL, ESOCKTNOSUPPORT } from '../../wire/errno.ts'
import type { SysctlEntry } from '../../wire/sysctl.ts'
import { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../constants.ts'
import { ConnectedSocket } from './connected.ts'
import { DatagramSocket } from './datagram.ts'
import { UnixNames } from './names.ts'
import type { UnixDomain, UnixSocket } from './unix-socket.ts'

export { UnixState } from './state.ts'
export { UnixSocket } from './unix-socket.ts'

/** The Unix sockets of one host. */
export class UnixSockets implements UnixDomain {
  readonly ctx: HostContext
  readonly names = new UnixNames()
  readonly nextInode: () => number
  /** net.unix.max_dgram_qlen. */
  maxQueue = 10
  readonly #sockets = new Set<UnixSocket>()
  readonly sysctls: readonly SysctlEntry[] = [
    {
      name: 'net.unix.max_dgram_qlen',
      get: () => String(this.maxQueue),
      set: (text) => {
        if (!/^\d+$/.test(text.trim())) return -EINVAL
        this.maxQueue = Number(text)
        return 0
      },
    },
  ]

  constructor(ctx: HostContext, nextInode: () => number) {
    this.ctx = ctx
    this.nextInode = nextInode
  }

  /** socket(AF_UNIX, type, 0); SOCK_RAW is taken for SOCK_DGRAM, as Linux does. */
  create(type: number): UnixSocket | number {
    if (type === SOCK_STREAM || type === SOCK_SEQPACKET) return new ConnectedSocket(this, type)
    if (type === SOCK_DGRAM || type === 3) return new DatagramSocket(this)
    return -ESOCKTNOSUPPORT
  }

  /** socketpair(AF_UNIX, type, 0): two unnamed sockets, each the other's peer. */
  pair(type: number): readonly [UnixSocket, UnixSocket] | number {
    const a = this.create(type)
    if (typeof a === 'number') return a
    const b = this.create(type) as UnixSocket
    a.peer = b
    b.peer = a
    return [a, b]
  }

  opened(socket: UnixSocket): void {
    this.#sockets.add(socket)
  }

  closed(socket: UnixSocket): void {
    this.#sockets.delete(socket)
  }

  /** In order of creation. */
  forEach(visit: (socket: UnixSocket) => void): void {
    for (const socket of this.#sockets) visit(socket)
  }
}
