import type { TcpEndpoint } from '../tcp/types.ts'
import type { DatagramCore } from '../udp/index.ts'
import type { Caller } from './caller.ts'
import { AF_INET, AF_INET6 } from './constants.ts'
import { getOption, setOption } from './options/index.ts'
import { type OptionError, type OptionValue, SocketFile } from './socket-file.ts'
import type { Sockets } from './sockets.ts'

/** Which kinds of inet socket an option applies to. */
export type InetKind = 'tcp' | 'udp' | 'ping' | 'raw'

/** What TCP, UDP, ping and raw sockets have in common at this floor: options that say something about any of them. */
export abstract class InetFile extends SocketFile {
  readonly sockets: Sockets
  abstract readonly kind: InetKind
  /** The kernel's side of the socket. */
  abstract readonly endpoint: TcpEndpoint | DatagramCore
  switches = 0
  /** Options that are only stored; null until one is set. */
  #kept: Map<number, OptionValue> | null = null
  /** SO_PRIORITY: stored. */
  priority = 0

  constructor(sockets: Sockets) {
    super(sockets.nextInode())
    this.sockets = sockets
  }

  get family(): number {
    return this.endpoint.family === 4 ? AF_INET : AF_INET6
  }

  has(bit: number): boolean {
    return (this.switches & bit) !== 0
  }

  turn(bit: number, on: boolean): void {
    this.switches = on ? this.switches | bit : this.switches & ~bit
  }

  kept(level: number, name: number): OptionValue | undefined {
    return this.#kept?.get(level * 1024 + name)
  }

  keep(level: number, name: number, value: OptionValue): void {
    this.#kept ??= new Map()
    this.#kept.set(level * 1024 + name, value)
  }

  /** An accepted socket has its listener's options; O_NONBLOCK is not one (accept(2), Linux). */
  inheritFrom(listener: InetFile): void {
    this.switches = listener.switches
    this.priority = listener.priority
    this.receiveTimeout = listener.receiveTimeout
    this.sendTimeout = listener.sendTimeout
    if (listener.#kept !== null) this.#kept = new Map(listener.#kept)
  }

  /** SO_RCVBUF and SO_SNDBUF. */
  abstract setReceiveBuffer(bytes: number): number
  abstract setSendBuffer(bytes: number): number
  /** IP_MTU: bytes, or -ENOTCONN. */
  abstract pathMtu(): number

  /** SO_ACCEPTCONN. */
  get isListening(): boolean {
    return false
  }

  override setsockopt(caller: Caller, level: number, name: number, value: OptionValue): number {
    return setOption(this, caller, level, name, value)
  }

  override getsockopt(level: number, name: number): OptionValue | OptionError {
    return getOption(this, level, name)
  }
}
