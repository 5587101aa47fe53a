/** What an entry of the table of options is, and the conversions between C's forms and ours. */
import { Address } from '../../wire/address.ts'
import { EINVAL } from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import type { InetFile, InetKind } from '../inet-file.ts'
import type { TimeValue } from '../message.ts'
import type { OptionError, OptionValue } from '../socket-file.ts'

/**
 * - `honoured`: it does what the manual page says.
 * - `stored`: it reads back as set; nothing in a virtual host depends on it.
 * - `refused`: setting and reading fail with ENOPROTOOPT, so that a program knows.
 */
export type OptionStatus = 'honoured' | 'stored' | 'refused'

/** `bool` reads as 0 or 1; `byte` may be set by one byte as well as by an int (SOL_IP); `time` is struct timeval. */
export type OptionForm = 'bool' | 'int' | 'byte' | 'linger' | 'time' | 'text' | 'record'

export interface SocketOption {
  readonly level: number
  readonly name: number
  /** C's name, for the documentation. */
  readonly symbol: string
  readonly kinds: readonly InetKind[]
  readonly status: OptionStatus
  readonly form: OptionForm
  /** null: reading fails with ENOPROTOOPT. */
  readonly get: ((file: InetFile) => OptionValue | OptionError) | null
  /** null: setting fails with ENOPROTOOPT. The value has its form already. */
  readonly set: ((file: InetFile, value: never, caller: Caller) => number) | null
}

export const ALL: readonly InetKind[] = ['tcp', 'udp', 'ping', 'raw']
export const TCP: readonly InetKind[] = ['tcp']
export const UDP: readonly InetKind[] = ['udp']
export const RAW: readonly InetKind[] = ['raw']
export const DATAGRAM: readonly InetKind[] = ['udp', 'ping', 'raw']

/** struct linger. */
export interface Linger {
  readonly onoff: number
  /** Seconds. */
  readonly linger: number
}

/** struct ip_mreqn, ipv6_mreq: a group and where to join it. */
export interface Membership {
  readonly group: string | Address
  /** Address of the interface (struct ip_mreq). */
  readonly address?: string | Address
  /** Index of the interface; 0 or absent: let the route choose. */
  readonly ifindex?: number
}

type Get = (file: InetFile) => OptionValue | OptionError

const entry = (
  level: number,
  name: number,
  symbol: string,
  kinds: readonly InetKind[],
  status: OptionStatus,
  form: OptionForm,
  get: Get | null,
  set: ((file: InetFile, value: never, caller: Caller) => number) | null,
): SocketOption => ({ level, name, symbol, kinds, status, form, get, set })

/** A switch: 0 or 1. */
export const flag = (
  level: number,
  name: number,
  symbol: string,
  kinds: readonly InetKind[],
  get: (file: InetFile) => boolean,
  set: (file: InetFile, on: boolean, caller: Caller) => number | undefined,
): SocketOption =>
  entry(
    level,
    name,
    symbol,
    kinds,
    'honoured',
    'bool',
    (file) => (get(file) ? 1 : 0),
    (file, value: number, caller) => set(file, value !== 0, caller) ?? 0,
  )

/** An integer. */
export const integer = (
  level: number,
  name: number,
  symbol: string,
  kinds: readonly InetKind[],
  get: Get | null,
  set: ((file: InetFile, value: number, caller: Caller) => number) | null,
  form: 'int' | 'byte' | 'bool' = 'int',
): SocketOption => entry(level, name, symbol, kinds, 'honoured', form, get, set)

/** Any other form. */
export const structured = <V extends OptionValue>(
  level: number,
  name: number,
  symbol: string,
  kinds: readonly InetKind[],
  form: OptionForm,
  get: Get | null,
  set: ((file: InetFile, value: V, caller: Caller) => number) | null,
): SocketOption => entry(level, name, symbol, kinds, 'honoured', form, get, set)

/** Kept and read back. `check` may refuse a value. */
export const stored = (
  level: number,
  name: number,
  symbol: string,
  kinds: readonly InetKind[],
  form: OptionForm,
  initial: OptionValue,
  check: (value: OptionValue, caller: Caller) => number = () => 0,
): SocketOption =>
  entry(
    level,
    name,
    symbol,
    kinds,
    'stored',
    form,
    (file) => file.kept(level, name) ?? initial,
    (file, value: OptionValue, caller) => {
      const result = check(value, caller)
      if (result === 0) file.keep(level, name, form === 'bool' && value !== 0 ? 1 : value)
      return result
    },
  )

export const refused = (level: number, name: number, symbol: string, kinds: readonly InetKind[]): SocketOption =>
  entry(level, name, symbol, kinds, 'refused', 'int', null, null)

const littleInt = (b: Uint8Array, at: number): number =>
  (b[at] as number) | ((b[at + 1] as number) << 8) | ((b[at + 2] as number) << 16) | ((b[at + 3] as number) << 24)

const littleLong = (b: Uint8Array, at: number): number =>
  (littleInt(b, at) >>> 0) + littleInt(b, at + 4) * 4_294_967_296

/** The value a caller gave, in the form of the option: -EINVAL when it is too short or of another type. */
export const toForm = (form: OptionForm, given: OptionValue): { readonly value: OptionValue } | number => {
  if (given instanceof Uint8Array) return fromBytes(form, given)
  if (form === 'text' || form === 'record')
    return typeof given === 'number' && form === 'text' ? -EINVAL : { value: given }
  if (form === 'linger') return typeof given === 'object' && 'onoff' in given ? { value: given } : -EINVAL
  if (form === 'time') return typeof given === 'object' && 'seconds' in given ? { value: given } : -EINVAL
  return typeof given === 'number' && Number.isFinite(given) ? { value: given | 0 } : -EINVAL
}

const fromBytes = (form: OptionForm, b: Uint8Array): { readonly value: OptionValue } | number => {
  switch (form) {
    case 'text': {
      const nul = b.indexOf(0)
      return { value: new TextDecoder().decode(nul < 0 ? b : b.subarray(0, nul)) }
    }
    case 'record':
      return { value: b }
    case 'linger':
      return b.length < 8 ? -EINVAL : { value: { onoff: littleInt(b, 0), linger: littleInt(b, 4) } satisfies Linger }
    case 'time':
      return b.length < 16
        ? -EINVAL
        : { value: { seconds: littleLong(b, 0), fraction: littleLong(b, 8) } satisfies TimeValue }
    case 'byte':
      if (b.length >= 4) return { value: littleInt(b, 0) }
      return b.length >= 1 ? { value: b[0] as number } : -EINVAL
    case 'bool':
    case 'int':
      return b.length < 4 ? -EINVAL : { value: littleInt(b, 0) }
  }
}

const putInt = (value: number): Uint8Array => Uint8Array.of(value, value >> 8, value >> 16, value >> 24)

const putLong = (value: number): Uint8Array => {
  const b = new Uint8Array(8)
  b.set(putInt(value | 0))
  b.set(putInt(Math.floor(value / 4_294_967_296)), 4)
  return b
}

const join = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** A value as the bytes that C's getsockopt writes; -EINVAL for a structure without a C form here (TCP_INFO). */
export const toBytes = (value: OptionValue): Uint8Array | number => {
  if (typeof value === 'number') return putInt(value)
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return join(new TextEncoder().encode(value), new Uint8Array(1))
  if ('onoff' in value) return join(putInt((value as Linger).onoff), putInt((value as Linger).linger))
  if ('seconds' in value) return join(putLong((value as TimeValue).seconds), putLong((value as TimeValue).fraction))
  return -EINVAL
}

/** in_addr or in6_addr. */
export const addressOf = (b: Uint8Array, at: number, length: 4 | 16): Address => {
  const word = (i: number): number =>
    ((b[i] as number) << 24) | ((b[i + 1] as number) << 16) | ((b[i + 2] as number) << 8) | (b[i + 3] as number)
  return length === 4 ? Address.v4(word(at)) : Address.v6(word(at), word(at + 4), word(at + 8), word(at + 12))
}

export { littleInt }
