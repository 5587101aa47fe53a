/**
 * Captures in pcapng, which Wireshark opens: who saw which frame when, in which direction, and why it was dropped.
 */
export { Capture, type CaptureOptions } from './capture.ts'
export { PacketFlag, type PcapngInterface, type PcapngPacket, PcapngWriter } from './pcapng.ts'
export { type CapturedInterface, type CapturedPacket, type CaptureFile, readPcapng } from './read.ts'
