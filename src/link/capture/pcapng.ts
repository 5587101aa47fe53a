/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): one section, an interface description for each interface, and an
 * enhanced packet block for each frame, with nanoseconds, direction and comments. Little-endian.
 */
export const BlockType = { SECTION: 0x0a0d0d0a, INTERFACE: 1, ENHANCED_PACKET: 6 } as const
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d
export const Option = {
  END: 0,
  COMMENT: 1,
  USER_APPLICATION: 4,
  NAME: 2,
  FLAGS: 2,
  DESCRIPTION: 3,
  TSRESOL: 9,
} as const
const LINKTYPE_ETHERNET = 1
/** Timestamps count 10^-9 seconds. */
const NANOSECONDS = 9

/** Bits of epb_flags. */
export const PacketFlag = { INBOUND: 1, OUTBOUND: 2, UNICAST: 4, MULTICAST: 8, BROADCAST: 12, PROMISCUOUS: 16 } as const

export interface PcapngInterface {
  readonly name: string
  readonly description?: string
  /** Most bytes kept of a frame; all unless given. */
  readonly snapLength?: number
}

export interface PcapngPacket {
  /** As `addInterface` returned. */
  readonly interfaceId: number
  /** Nanoseconds since the epoch. */
  readonly time: bigint
  readonly bytes: Uint8Array
  /** Length on the link, when `bytes` is cut short of it. */
  readonly originalLength?: number
  /** `PacketFlag`s. */
  readonly flags: number
  readonly comments?: readonly string[]
}

type OptionValue = readonly [code: number, value: Uint8Array]

const padded = (length: number): number => (length + 3) & ~3
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

const optionsLength = (options: readonly OptionValue[]): number =>
  options.length === 0 ? 0 : options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4)

/** A block around a body that `write` fills; returns the whole block. */
const block = (
  type: number,
  bodyLength: number,
  options: readonly OptionValue[],
  write: (view: DataView, bytes: Uint8Array, at: number) => void,
): Uint8Array => {
  const total = 12 + padded(bodyLength) + optionsLength(options)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, total, true)
  write(view, bytes, 8)
  let at = 8 + padded(bodyLength)
  for (const [code, value] of options) {
    view.setUint16(at, code, true)
    view.setUint16(at + 2, value.length, true)
    bytes.set(value, at + 4)
    at += 4 + padded(value.length)
  }
  view.setUint32(total - 4, total, true)
  return bytes
}

/** Comments are cut where the 16-bit length of an option ends. */
const MOST_OPTION = 65_532

/** Writes a capture piece by piece: each block goes to the sink when it is complete. */
export class PcapngWriter {
  readonly #sink: (bytes: Uint8Array) => void
  #interfaces = 0

  /** Writes the section header at once. `application` names who wrote the file. */
  constructor(sink: (bytes: Uint8Array) => void, application = 'soquete') {
    this.#sink = sink
    sink(
      block(BlockType.SECTION, 16, [[Option.USER_APPLICATION, text(application)]], (view, _, at) => {
        view.setUint32(at, BYTE_ORDER_MAGIC, true)
        view.setUint16(at + 4, 1, true)
        view.setUint16(at + 6, 0, true)
        // Section length: not specified.
        view.setBigInt64(at + 8, -1n, true)
      }),
    )
  }

  /** Describe an interface; returns its id. All of its packets come after it. */
  addInterface({ name, description, snapLength }: PcapngInterface): number {
    const options: OptionValue[] = [
      [Option.NAME, text(name)],
      [Option.TSRESOL, Uint8Array.of(NANOSECONDS)],
    ]
    if (description !== undefined) options.push([Option.DESCRIPTION, text(description)])
    this.#sink(
      block(BlockType.INTERFACE, 8, options, (view, _, at) => {
        view.setUint16(at, LINKTYPE_ETHERNET, true)
        view.setUint32(at + 4, snapLength ?? 0, true)
      }),
    )
    return this.#interfaces++
  }

  writePacket({ interfaceId, time, bytes, originalLength, flags, comments }: PcapngPacket): void {
    const options: OptionValue[] = [[Option.FLAGS, word(flags)]]
    for (const comment of comments ?? []) options.push([Option.COMMENT, text(comment).subarray(0, MOST_OPTION)])
    this.#sink(
      block(BlockType.ENHANCED_PACKET, 20 + bytes.length, options, (view, out, at) => {
        view.setUint32(at, interfaceId, true)
        view.setUint32(at + 4, Number(time >> 32n), true)
        view.setUint32(at + 8, Number(time & 0xffffffffn), true)
        view.setUint32(at + 12, bytes.length, true)
        view.setUint32(at + 16, originalLength ?? bytes.length, true)
        out.set(bytes, at + 20)
      }),
    )
  }
}
