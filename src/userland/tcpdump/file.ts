/** Capture files: classic pcap (pcap-savefile(5)) is written; pcap of either byte order and resolution and pcapng are read. */
import { readPcapng } from '../../link/capture/index.ts'
import { get16 } from '../../wire/bytes.ts'
import type { Captured } from './frame.ts'

export const LINKTYPE_ETHERNET = 1
export const LINKTYPE_SLL2 = 276

const MAGIC = 0xa1b2c3d4
const MAGIC_NS = 0xa1b23c4d
const PCAPNG_SECTION = 0x0a0d0d0a
const FILE_HEADER = 24
const RECORD_HEADER = 16
const SLL2_HEADER = 20

export const fileHeader = (linkType: number, snapLength: number): Uint8Array => {
  const bytes = new Uint8Array(FILE_HEADER)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, snapLength, true)
  view.setUint32(20, linkType, true)
  return bytes
}

export const fileRecord = (frame: Captured, linkType: number, snapLength: number): Uint8Array => {
  const whole = linkType === LINKTYPE_SLL2 ? cooked(frame) : frame.bytes
  const kept = whole.subarray(0, snapLength)
  const bytes = new Uint8Array(RECORD_HEADER + kept.length)
  const view = new DataView(bytes.buffer)
  const microseconds = frame.time / 1000n
  view.setUint32(0, Number(microseconds / 1_000_000n), true)
  view.setUint32(4, Number(microseconds % 1_000_000n), true)
  view.setUint32(8, kept.length, true)
  view.setUint32(12, frame.originalLength + whole.length - frame.bytes.length, true)
  bytes.set(kept, RECORD_HEADER)
  return bytes
}

/** LINUX_SLL2: protocol, interface, ARPHRD type, packet type, sender's link address, then the packet without link header. */
const cooked = ({ bytes, via, cast }: Captured): Uint8Array => {
  const out = new Uint8Array(SLL2_HEADER + bytes.length - 14)
  const view = new DataView(out.buffer)
  view.setUint16(0, get16(bytes, 12))
  view.setUint32(4, via?.index ?? 0)
  view.setUint16(8, via?.name === 'lo' ? 772 : 1)
  out[10] = cast ?? 0
  out[11] = 6
  out.set(bytes.subarray(6, 12), 12)
  out.set(bytes.subarray(14), SLL2_HEADER)
  return out
}

export interface Savefile {
  readonly linkType: number
  readonly snapLength: number
  readonly frames: readonly Captured[]
  /** What is wrong after the last frame, in libpcap's words; null: nothing. */
  readonly broken: string | null
}

/** The file's frames, or what libpcap says of a file that is none. */
export const readSavefile = (bytes: Uint8Array, nameOf: (index: number) => string | null): Savefile | string => {
  if (bytes.length < 4)
    return `truncated dump file; tried to read ${FILE_HEADER} file header bytes, only got ${bytes.length}`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = view.getUint32(0, true)
  if (magic === PCAPNG_SECTION) return readNg(bytes)
  const little = magic === MAGIC || magic === MAGIC_NS
  const value = little ? magic : view.getUint32(0, false)
  if (value !== MAGIC && value !== MAGIC_NS) return 'unknown file format'
  if (bytes.length < FILE_HEADER)
    return `truncated dump file; tried to read ${FILE_HEADER} file header bytes, only got ${bytes.length}`
  const unit = value === MAGIC_NS ? 1n : 1000n
  const linkType = view.getUint32(20, little) & 0xffff
  const snapLength = view.getUint32(16, little)
  if (linkType !== LINKTYPE_ETHERNET && linkType !== LINKTYPE_SLL2) return `unsupported data link type ${linkType}`
  const frames: Captured[] = []
  let broken: string | null = null
  for (let at = FILE_HEADER; at < bytes.length; ) {
    if (at + RECORD_HEADER > bytes.length) {
      broken = `truncated dump file; tried to read ${RECORD_HEADER} header bytes, only got ${bytes.length - at}`
      break
    }
    const length = view.getUint32(at + 8, little)
    const start = at + RECORD_HEADER
    if (start + length > bytes.length) {
      broken = `truncated dump file; tried to read ${length} captured bytes, only got ${bytes.length - start}`
      break
    }
    const time = BigInt(view.getUint32(at, little)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, little)) * unit
    const data = bytes.subarray(start, start + length)
    const originalLength = view.getUint32(at + 12, little)
    frames.push(
      linkType === LINKTYPE_SLL2
        ? uncooked(data, originalLength, time, nameOf)
        : { bytes: data, originalLength, time, via: null, cast: null },
    )
    at = start + length
  }
  return { linkType, snapLength, frames, broken }
}

const readNg = (bytes: Uint8Array): Savefile | string => {
  try {
    const { interfaces, packets } = readPcapng(bytes)
    const frames = packets.map(
      (p): Captured => ({
        bytes: p.bytes,
        originalLength: p.originalLength,
        time: p.time,
        via: null,
        cast: null,
      }),
    )
    return { linkType: LINKTYPE_ETHERNET, snapLength: interfaces[0]?.snapLength || 262_144, frames, broken: null }
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown file format'
  }
}

/** An Ethernet frame again, with nobody as its destination. */
const uncooked = (
  data: Uint8Array,
  originalLength: number,
  time: bigint,
  nameOf: (index: number) => string | null,
): Captured => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const short = data.length < SLL2_HEADER
  const bytes = new Uint8Array(14 + Math.max(0, data.length - SLL2_HEADER))
  if (short) return { bytes, originalLength, time, via: null, cast: null }
  bytes.set(data.subarray(12, 18), 6)
  bytes.set(data.subarray(0, 2), 12)
  bytes.set(data.subarray(SLL2_HEADER), 14)
  const index = view.getUint32(4)
  return {
    bytes,
    originalLength: originalLength - SLL2_HEADER + 14,
    time,
    via: { name: nameOf(index) ?? `#${index}`, index },
    cast: data[10] ?? 0,
  }
}
