/** What sendmsg(2) and recvmsg(2) carry beside bytes (struct msghdr, struct cmsghdr). */
import type { Address } from '../wire/address.ts'
import { Msg } from '../wire/call.ts'
import type { SockAddr } from './sockaddr.ts'

/** struct in_pktinfo, in6_pktinfo. */
export interface PacketInfo {
  readonly ifindex: number
  /** Received: the local address that was chosen for it. Sent: the source to use. IPv4 only. */
  readonly specDst?: Address
  /** Destination in the header; for IPv6 the source to use when sending. */
  readonly addr: Address
}

/** struct timeval or timespec: `fraction` in microseconds or nanoseconds. */
export interface TimeValue {
  readonly seconds: number
  readonly fraction: number
}

/** struct sock_extended_err with SO_EE_OFFENDER. */
export interface ExtendedError {
  readonly errno: number
  readonly origin: number
  readonly type: number
  readonly code: number
  readonly info: number
  readonly offender: Address | null
}

/** struct ucred. */
export interface Credentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** The payload of a control message: an integer, a structure, or descriptors (SCM_RIGHTS). */
export type ControlData = number | PacketInfo | TimeValue | ExtendedError | Credentials | readonly number[]

export interface ControlMessage {
  readonly level: number
  readonly type: number
  readonly data: ControlData
}

/** What is sent: vectors, where to, control data. */
export interface OutMessage {
  readonly vectors: readonly Uint8Array[]
  readonly address: SockAddr | null
  readonly control: readonly ControlMessage[]
  readonly flags: number
}

/** What is received: the caller gives vectors, room for control data and flags; the socket fills the rest. */
export interface InMessage {
  readonly vectors: readonly Uint8Array[]
  readonly flags: number
  /** msg_controllen given, bytes: control messages that do not fit set MSG_CTRUNC. */
  readonly controlRoom: number
  /** The caller wants the sender's address (msg_name is not null). */
  readonly wantAddress: boolean
  /** Filled: sender, or null for none (connected stream). */
  address: SockAddr | null
  /** Filled, in order. */
  control: ControlMessage[]
  /** Filled: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB, MSG_ERRQUEUE. */
  outFlags: number
}

const CMSG_HEADER = 16
const align8 = (n: number): number => (n + 7) & ~7

/** CMSG_SPACE(sizeof data) on a 64-bit Linux. */
export const controlSpace = (size: number): number => CMSG_HEADER + align8(size)

/** CMSG_LEN. */
const controlLength = (size: number): number => CMSG_HEADER + size

/**
 * put_cmsg: append a control message of `size` bytes of data if there is room, else set MSG_CTRUNC. Linux then fills what
 * room is left with a piece of it, so nothing comes after one that was cut.
 */
export const putControl = (message: InMessage, level: number, type: number, size: number, data: ControlData): void => {
  if ((message.outFlags & Msg.CTRUNC) !== 0) return
  let used = 0
  for (const one of message.control) used += controlSpace(controlDataSize(one.data))
  if (message.controlRoom - used < controlLength(size)) {
    message.outFlags |= Msg.CTRUNC
    return
  }
  message.control.push({ level, type, data })
}

/** sizeof of what C would carry. */
export const controlDataSize = (data: ControlData): number => {
  if (typeof data === 'number') return 4
  if (Array.isArray(data)) return data.length * 4
  if ('addr' in data) return data.addr.family === 4 ? 12 : 20
  if ('seconds' in data) return 16
  if ('origin' in data) return data.offender === null || data.offender.family === 4 ? 32 : 44
  return 12
}

/** Bytes over all vectors. */
export const totalLength = (vectors: readonly Uint8Array[]): number => {
  let n = 0
  for (const vector of vectors) n += vector.length
  return n
}

/** All vectors as one run of bytes; the vector itself when there is one. */
export const gather = (vectors: readonly Uint8Array[]): Uint8Array => {
  if (vectors.length === 1) return vectors[0] as Uint8Array
  const all = new Uint8Array(totalLength(vectors))
  let at = 0
  for (const vector of vectors) {
    all.set(vector, at)
    at += vector.length
  }
  return all
}

/** Spread `bytes[0, count)` over the vectors, as far as they reach. */
export const scatter = (bytes: Uint8Array, count: number, vectors: readonly Uint8Array[]): void => {
  let at = 0
  for (const vector of vectors) {
    if (at >= count) return
    const n = Math.min(vector.length, count - at)
    vector.set(bytes.subarray(at, at + n))
    at += n
  }
}
