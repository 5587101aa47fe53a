import { type TcpEndpoint, type TcpOwner, TcpState } from '../tcp/types.ts'
import { Msg } from '../wire/call.ts'
import { EAFNOSUPPORT, EAGAIN, EINVAL, ENETUNREACH, ENOTCONN, ENOTTY } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import { AF_UNSPEC, FIONREAD, IPPROTO_TCP, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD, SOCK_STREAM } from './constants.ts'
import { checkBind, checkDestination, showEnd } from './inet-address.ts'
import { InetFile } from './inet-file.ts'
import { gather, type InMessage, type OutMessage, scatter, totalLength } from './message.ts'
import type { SocketDescription } from './row.ts'
import type { SockAddr } from './sockaddr.ts'
import type { SocketFile } from './socket-file.ts'
import type { Sockets } from './sockets.ts'
import { tcpRow } from './tcp-row.ts'

/** socket(AF_INET or AF_INET6, SOCK_STREAM): a TCP endpoint as an open file. `send` and `recv` go straight to TCP. */
export class InetStream extends InetFile implements TcpOwner {
  readonly kind = 'tcp' as const
  readonly type = SOCK_STREAM
  readonly protocol = IPPROTO_TCP
  readonly endpoint: TcpEndpoint

  constructor(sockets: Sockets, endpoint: TcpEndpoint) {
    super(sockets)
    this.endpoint = endpoint
    endpoint.owner = this
  }

  tcpReady(bits: number): void {
    this.wake(bits)
  }

  override get isListening(): boolean {
    return this.endpoint.state === TcpState.LISTEN
  }

  send(buf: Uint8Array, start: number, end: number, flags: number): number {
    return this.endpoint.send(buf, start, end, flags)
  }

  recv(buf: Uint8Array, start: number, end: number, flags: number): number {
    if ((flags & Msg.ERRQUEUE) !== 0) return -EAGAIN
    return this.endpoint.recv(buf, start, end, flags)
  }

  poll(): number {
    return this.endpoint.poll()
  }

  release(): void {
    this.endpoint.owner = null
    this.endpoint.close()
  }

  override bind(caller: Caller, given: SockAddr): number {
    const { sockets, endpoint } = this
    const target = checkBind(sockets.ip, sockets.portSettings, caller, endpoint, given, true)
    return typeof target === 'number' ? target : endpoint.bind(target, given.port)
  }

  override listen(_caller: Caller, backlog: number): number {
    return this.endpoint.listen(backlog)
  }

  override accept(_caller: Caller): SocketFile | number {
    const child = this.endpoint.accept()
    if (typeof child === 'number') return child
    const file = new InetStream(this.sockets, child)
    file.inheritFrom(this)
    return file
  }

  override connect(_caller: Caller, given: SockAddr): number {
    const { endpoint } = this
    if (given.family === AF_UNSPEC) return endpoint.disconnect()
    const remote = checkDestination(endpoint, given, EAFNOSUPPORT)
    if (typeof remote === 'number') return this.#inProgress(given, remote)
    if (endpoint.state === TcpState.CLOSED && endpoint.v6only && remote.family === 4) return -ENETUNREACH
    if (endpoint.state === TcpState.CLOSED && remote.family === 6 && remote.isLinkLocal) {
      // A link-local address means nothing without its link (tcp_v6_connect).
      const link = given.scopeId === 0 ? endpoint.boundDevice : this.sockets.interfaceAt(given.scopeId)
      if (link === null) return -EINVAL
      endpoint.boundDevice = link
    }
    return endpoint.connect(remote, given.port)
  }

  /** Only a socket that is free to connect looks at the address. */
  #inProgress(given: SockAddr, wrong: number): number {
    return this.endpoint.state === TcpState.CLOSED ? wrong : this.endpoint.connect(given.address, given.port)
  }

  /** The address, if any, is ignored (Linux); the vectors are one run of bytes. */
  override sendmsg(_caller: Caller, message: OutMessage): number {
    const { vectors, flags } = message
    if (vectors.length > 1 && (flags & Msg.OOB) !== 0) {
      const all = gather(vectors)
      return this.endpoint.send(all, 0, all.length, flags)
    }
    const end = vectors.findLastIndex((vector) => vector.length > 0)
    let sent = 0
    for (let i = 0; i <= end; i++) {
      const vector = vectors[i] as Uint8Array
      const n = this.endpoint.send(vector, 0, vector.length, i === end ? flags : flags | Msg.MORE)
      if (n < 0) return sent > 0 ? sent : n
      sent += n
      if (n < vector.length) break
    }
    return end < 0 ? this.endpoint.send(NOTHING, 0, 0, flags) : sent
  }

  override recvmsg(_caller: Caller, message: InMessage): number {
    const { vectors, flags } = message
    if (vectors.length === 1) {
      const only = vectors[0] as Uint8Array
      const n = this.recv(only, 0, only.length, flags)
      if (n > 0 && (flags & Msg.OOB) !== 0) message.outFlags |= Msg.OOB
      return n
    }
    const all = new Uint8Array(totalLength(vectors))
    const n = this.recv(all, 0, all.length, flags)
    if (n > 0) scatter(all, n, vectors)
    if (n > 0 && (flags & Msg.OOB) !== 0) message.outFlags |= Msg.OOB
    return n
  }

  override shutdown(how: number): number {
    return this.endpoint.shutdown(how)
  }

  override getsockname(): SockAddr {
    const { family, localAddress, localPort } = this.endpoint
    return showEnd(family, localAddress, localPort)
  }

  /** inet_getname: none before the handshake is over, none once closed. */
  override getpeername(): SockAddr | number {
    const { family, remoteAddress, remotePort, state } = this.endpoint
    if (remoteAddress === null || remotePort === 0) return -ENOTCONN
    if (state === TcpState.CLOSED || state === TcpState.SYN_SENT || state === TcpState.LISTEN) return -ENOTCONN
    return showEnd(family, remoteAddress, remotePort)
  }

  override ioctl(request: number): number {
    const { endpoint } = this
    switch (request) {
      case FIONREAD:
        return this.isListening ? -EINVAL : endpoint.inq
      case SIOCATMARK:
        return endpoint.atMark ? 1 : 0
      case SIOCOUTQ:
        return this.isListening ? -EINVAL : endpoint.outq
      case SIOCOUTQNSD:
        return this.isListening ? -EINVAL : endpoint.notSent
      default:
        return -ENOTTY
    }
  }

  setReceiveBuffer(bytes: number): number {
    this.endpoint.setReceiveBuffer(bytes)
    return 0
  }

  setSendBuffer(bytes: number): number {
    this.endpoint.setSendBuffer(bytes)
    return 0
  }

  pathMtu(): number {
    const connected = this.endpoint.remoteAddress !== null && this.endpoint.state !== TcpState.CLOSED
    return connected ? this.endpoint.info().pmtu : -ENOTCONN
  }

  describe(): SocketDescription | null {
    return this.endpoint.state === TcpState.CLOSED ? null : tcpRow(this.endpoint, this.inode)
  }
}

const NOTHING = new Uint8Array(0)
