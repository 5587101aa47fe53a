import { flowHash, memberOf, sameGroup } from '../ports/index.ts'
import type { Address } from '../wire/address.ts'
import type { UdpSocket } from './udp-socket.ts'

/** Sockets of one host by local port, in the order of binding: of equals the last one wins, as Linux's newest-first lists have it. */
export class UdpTable {
  readonly #ports = new Map<number, UdpSocket[]>()
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  add(socket: UdpSocket): void {
    const sockets = this.#ports.get(socket.localPort)
    if (sockets === undefined) this.#ports.set(socket.localPort, [socket])
    else sockets.push(socket)
  }

  remove(socket: UdpSocket): void {
    const sockets = this.#ports.get(socket.localPort)
    const at = sockets === undefined ? -1 : sockets.indexOf(socket)
    if (sockets === undefined || at < 0) return
    if (sockets.length === 1) this.#ports.delete(socket.localPort)
    else sockets.splice(at, 1)
  }

  at(port: number): readonly UdpSocket[] {
    return this.#ports.get(port) ?? NONE
  }

  /** __udp4_lib_lookup: the best score; a member of its SO_REUSEPORT group by the hash of the flow. */
  lookup(local: Address, localPort: number, remote: Address, remotePort: number, device: number): UdpSocket | null {
    const sockets = this.#ports.get(localPort)
    if (sockets === undefined) return null
    let best: UdpSocket | null = null
    let high = 0
    for (let i = sockets.length - 1; i >= 0; i--) {
      const socket = sockets[i] as UdpSocket
      const score = socket.score(local, remote, remotePort, device)
      if (score > high) {
        best = socket
        high = score
      }
    }
    if (best === null || !best.reusePort || best.isConnected || sockets.length === 1) return best
    const group = best
    const members = sockets.filter((one) => !one.isConnected && (one === group || sameGroup(group, one)))
    return memberOf(members, flowHash(this.#seed, local, localPort, remote, remotePort))
  }
}

const NONE: readonly UdpSocket[] = []
