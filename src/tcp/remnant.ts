/**
 * What shows in the socket tables without being a socket: half-open connections and TIME-WAIT. Calls on it fail, settings
 * are nobody's; fields are few because there may be very many.
 */
import type { NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import { EINVAL, ENOPROTOOPT } from '../wire/errno.ts'
import type { Packet } from '../wire/packet.ts'
import { emptyInfo } from './empty-info.ts'
import type { Tcp } from './tcp.ts'
import type { TcpEndpoint, TcpInfo, TcpOwner, TcpState, TcpTimerInfo } from './types.ts'

const ignore = (_value: unknown): void => undefined

export abstract class Remnant implements TcpEndpoint {
  readonly tcp: Tcp
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
  readonly family: 4 | 6
  /** In the flow table. */
  isHashed = false
  older: object | null = null
  newer: object | null = null

  constructor(tcp: Tcp, family: 4 | 6, local: Address, localPort: number, remote: Address, remotePort: number) {
    this.tcp = tcp
    this.family = family
    this.localAddress = local
    this.localPort = localPort
    this.remoteAddress = remote
    this.remotePort = remotePort
  }

  abstract get state(): TcpState
  /** A segment with this five-tuple; takes ownership. */
  abstract segment(packet: Packet): void
  abstract timer(): TcpTimerInfo

  get owner(): TcpOwner | null {
    return null
  }
  set owner(value: TcpOwner | null) {
    ignore(value)
  }
  get reuseAddress(): boolean {
    return false
  }
  set reuseAddress(value: boolean) {
    ignore(value)
  }
  get reusePort(): boolean {
    return false
  }
  set reusePort(value: boolean) {
    ignore(value)
  }
  get v6only(): boolean {
    return false
  }
  set v6only(value: boolean) {
    ignore(value)
  }
  get keepAlive(): boolean {
    return false
  }
  set keepAlive(value: boolean) {
    ignore(value)
  }
  get oobInline(): boolean {
    return false
  }
  set oobInline(value: boolean) {
    ignore(value)
  }
  get linger(): number {
    return -1
  }
  set linger(value: number) {
    ignore(value)
  }
  get rcvLowat(): number {
    return 1
  }
  set rcvLowat(value: number) {
    ignore(value)
  }
  get tos(): number {
    return 0
  }
  set tos(value: number) {
    ignore(value)
  }
  get ttl(): number {
    return -1
  }
  set ttl(value: number) {
    ignore(value)
  }
  get mark(): number {
    return 0
  }
  set mark(value: number) {
    ignore(value)
  }
  get boundDevice(): NetworkInterface | null {
    return null
  }
  set boundDevice(value: NetworkInterface | null) {
    ignore(value)
  }
  get uid(): number {
    return 0
  }
  set uid(value: number) {
    ignore(value)
  }
  get freebind(): boolean {
    return false
  }
  set freebind(value: boolean) {
    ignore(value)
  }
  get recvErr(): boolean {
    return false
  }
  set recvErr(value: boolean) {
    ignore(value)
  }
  get mtuDiscover(): number {
    return 1
  }
  set mtuDiscover(value: number) {
    ignore(value)
  }

  bind(): number {
    return -EINVAL
  }
  listen(): number {
    return -EINVAL
  }
  accept(): number {
    return -EINVAL
  }
  connect(): number {
    return -EINVAL
  }
  disconnect(): number {
    return -EINVAL
  }
  send(): number {
    return -EINVAL
  }
  recv(): number {
    return -EINVAL
  }
  recvView(): number {
    return -EINVAL
  }
  consume(): void {
    // Nothing was lent.
  }
  shutdown(): number {
    return -EINVAL
  }
  close(): void {
    // No descriptor refers to it; it ends by itself.
  }
  poll(): number {
    return 0
  }
  takeError(): number {
    return 0
  }
  setOption(): number {
    return -ENOPROTOOPT
  }
  getOption(): { readonly error: number } {
    return { error: -ENOPROTOOPT }
  }
  setReceiveBuffer(): void {
    // It has none.
  }
  setSendBuffer(): void {
    // It has none.
  }
  get pendingError(): number {
    return 0
  }
  get inq(): number {
    return 0
  }
  get outq(): number {
    return 0
  }
  get notSent(): number {
    return 0
  }
  get recvQueue(): number {
    return 0
  }
  get sendQueue(): number {
    return 0
  }
  get atMark(): boolean {
    return false
  }
  get receiveBuffer(): number {
    return 0
  }
  get sendBuffer(): number {
    return 0
  }
  info(): TcpInfo {
    return emptyInfo(this.state)
  }
}
