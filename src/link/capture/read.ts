/** Reading pcapng: what `PcapngWriter` and other programs write, of either byte order. */
import { BlockType, BYTE_ORDER_MAGIC, Option, PacketFlag } from './pcapng.ts'

export interface CapturedInterface {
  readonly name: string | null
  /** 1: Ethernet. */
  readonly linkType: number
  readonly snapLength: number
  /** Timestamp units in a second. */
  readonly unitsPerSecond: bigint
}

export interface CapturedPacket {
  readonly interfaceId: number
  /** Nanoseconds since the epoch. */
  readonly time: bigint
  readonly bytes: Uint8Array
  readonly originalLength: number
  readonly direction: 'in' | 'out' | null
  readonly flags: number
  readonly comments: readonly string[]
}

export interface CaptureFile {
  readonly interfaces: readonly CapturedInterface[]
  readonly packets: readonly CapturedPacket[]
}

class Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  littleEndian = true

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.littleEndian)
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.littleEndian)
  }

  *options(at: number, end: number): Generator<[code: number, value: Uint8Array, at: number]> {
    while (at + 4 <= end) {
      const code = this.u16(at)
      const length = this.u16(at + 2)
      if (code === Option.END) return
      if (at + 4 + length > end) throw new Error(`pcapng: option at byte ${at} is longer than its block`)
      yield [code, this.bytes.subarray(at + 4, at + 4 + length), at + 4]
      at += 4 + ((length + 3) & ~3)
    }
  }
}

/** if_tsresol: a power of ten, or of two when the highest bit is set. */
const unitsPerSecond = (resolution: number): bigint => {
  let units = 1n
  for (let i = 0; i < (resolution & 0x7f); i++) units *= (resolution & 0x80) === 0 ? 10n : 2n
  return units
}

const readInterface = (reader: Reader, at: number, end: number): CapturedInterface => {
  let name: string | null = null
  let units = 1_000_000n
  for (const [code, value] of reader.options(at + 8, end)) {
    if (code === Option.NAME) name = new TextDecoder().decode(value)
    else if (code === Option.TSRESOL) units = unitsPerSecond(value[0] ?? 6)
  }
  return { name, linkType: reader.u16(at), snapLength: reader.u32(at + 4), unitsPerSecond: units }
}

const readPacket = (
  reader: Reader,
  at: number,
  end: number,
  interfaces: readonly CapturedInterface[],
): CapturedPacket => {
  const interfaceId = reader.u32(at)
  const described = interfaces[interfaceId]
  if (described === undefined)
    throw new Error(`pcapng: packet at byte ${at} is of interface ${interfaceId}, not described`)
  const units = (BigInt(reader.u32(at + 4)) << 32n) | BigInt(reader.u32(at + 8))
  const length = reader.u32(at + 12)
  if (at + 20 + length > end) throw new Error(`pcapng: packet at byte ${at} is longer than its block`)
  const comments: string[] = []
  let flags = 0
  for (const [code, value, where] of reader.options(at + 20 + ((length + 3) & ~3), end)) {
    if (code === Option.COMMENT) comments.push(new TextDecoder().decode(value))
    else if (code === Option.FLAGS && value.length === 4) flags = reader.u32(where)
  }
  const inbound = (flags & 3) === PacketFlag.INBOUND
  const outbound = (flags & 3) === PacketFlag.OUTBOUND
  return {
    interfaceId,
    time: (units * 1_000_000_000n) / described.unitsPerSecond,
    bytes: reader.bytes.subarray(at + 20, at + 20 + length),
    originalLength: reader.u32(at + 16),
    direction: inbound ? 'in' : outbound ? 'out' : null,
    flags,
    comments,
  }
}

/** Least octets of a block's body. */
const LEAST_BODY: Readonly<Record<number, number>> = {
  [BlockType.SECTION]: 16,
  [BlockType.INTERFACE]: 8,
  [BlockType.ENHANCED_PACKET]: 20,
}

/**
 * The interfaces and packets of a pcapng file of one section. Blocks of other types are passed over. The packets' bytes
 * are views of `bytes`.
 *
 * @throws Error naming the byte at which the file is malformed
 */
export const readPcapng = (bytes: Uint8Array): CaptureFile => {
  const reader = new Reader(bytes)
  const interfaces: CapturedInterface[] = []
  const packets: CapturedPacket[] = []
  if (bytes.length < 28 || reader.u32(0) !== BlockType.SECTION) throw new Error('pcapng: no section header at byte 0')
  reader.littleEndian = reader.u32(8) === BYTE_ORDER_MAGIC
  if (reader.u32(8) !== BYTE_ORDER_MAGIC) throw new Error('pcapng: unknown byte order at byte 8')
  for (let at = 0; at < bytes.length; ) {
    const whole = at + 12 <= bytes.length
    const type = whole ? reader.u32(at) : 0
    const length = whole ? reader.u32(at + 4) : 0
    if (length < 12 + (LEAST_BODY[type] ?? 0) || length % 4 !== 0 || at + length > bytes.length)
      throw new Error(`pcapng: block at byte ${at} is cut short or has a wrong length`)
    if (type === BlockType.SECTION && at > 0) throw new Error(`pcapng: second section at byte ${at}`)
    const end = at + length - 4
    if (type === BlockType.INTERFACE) interfaces.push(readInterface(reader, at + 8, end))
    else if (type === BlockType.ENHANCED_PACKET) packets.push(readPacket(reader, at + 8, end, interfaces))
    at += length
  }
  return { interfaces, packets }
}
