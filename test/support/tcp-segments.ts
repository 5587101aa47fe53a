import { Address } from '../../src/wire/address.ts'
import { TcpFlag } from '../../src/wire/packet.ts'

/** What the peer's SYN offers besides its MSS. */
export interface Offer {
  mss?: number | null
  sack?: boolean
  wscale?: number
  ts?: boolean
  win?: number
}

/** A segment as a script writes it. */
export interface Spec {
  /** Letters of F S R P A U E W; `A` when absent. */
  flags?: string
  seq?: number
  ack?: number
  win?: number
  /** Text: a string, or so many bytes that count up by their place in the stream. */
  data?: string | number | Uint8Array
  urg?: number
  mss?: number
  wscale?: number
  sackOk?: boolean
  /** Value and echo; for what the stack sends: whether the option is there. */
  ts?: readonly [number, number] | boolean
  /** Blocks relative to the sender of the data. */
  sack?: readonly (readonly [number, number])[]
  sport?: number
  dport?: number
  src?: Address
  dst?: Address
  linkCast?: number
  /** Options as raw bytes. */
  other?: Uint8Array
  tos?: number
  ttl?: number
  ipOptions?: Uint8Array
}

/** What the stack sent. */
export interface Seen {
  flags: string
  seq: number
  ack: number
  win: number
  len: number
  data: Uint8Array
  urg: number
  mss: number | null
  wscale: number | null
  sackOk: boolean
  ts: readonly [number, number] | null
  sack: (readonly [number, number])[]
  time: number
  rawSeq: number
  rawAck: number
  sport: number
  dport: number
  src: Address
  dst: Address
  tos: number
  ttl: number
  df: boolean
}

const LETTERS: readonly (readonly [string, number])[] = [
  ['F', TcpFlag.FIN],
  ['S', TcpFlag.SYN],
  ['R', TcpFlag.RST],
  ['P', TcpFlag.PSH],
  ['A', TcpFlag.ACK],
  ['U', TcpFlag.URG],
  ['E', TcpFlag.ECE],
  ['W', TcpFlag.CWR],
]

export const toFlags = (text: string): number =>
  [...text].reduce((bits, letter) => {
    const found = LETTERS.find(([l]) => l === letter)
    if (found === undefined) throw new Error(`no flag is called ${letter}`)
    return bits | found[1]
  }, 0)

export const fromFlags = (bits: number): string => LETTERS.map(([l, bit]) => (bits & bit ? l : '')).join('')

export const LOCAL = Address.v4(0x0a000001)
export const PEER = Address.v4(0x0a000002)
export const LOCAL6 = Address.v6(0x20010db8, 0, 0, 1)
export const PEER6 = Address.v6(0x20010db8, 0, 0, 2)
export const PORT = 80
export const PEER_PORT = 5000

/** Byte `i` of a stream that counts. */
export const pattern = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((from + i) * 31 + ((from + i) >> 8)) & 0xff)
