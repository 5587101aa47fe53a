/**
 * Links: the interface of a host, and what it is plugged into.
 *
 * Everything below an interface is a `Device`: send a frame, get frames. Cables and the loopback carry; a switch joins
 * cables; impairments and gates are devices round a device; captures are taps of an interface. Nothing calls into its peer: a frame waits in the
 * scheduler's queue, or in the line of a link that takes time, and each queue is bounded. A record stays a record: only a
 * network of bytes, a flipped bit or a capture makes bytes of it.
 *
 * Left out: collisions, VLANs and spanning tree. Two switches joined by two cables storm, as hubs of old did.
 */

export { Cable, type LinkOptions, type PacketMode } from './cable.ts'
export * from './capture/index.ts'
export type { Device } from './device.ts'
export { Gate, type GateState } from './gate.ts'
export { groupMac, macKey } from './group.ts'
export { Interface, type InterfaceOptions } from './host-interface.ts'
export { Impairment, type ImpairmentContext, type ImpairmentOptions, type ImpairmentStats } from './impairment.ts'
export type { InterfaceAddress, InterfaceStats, NetworkInterface } from './interface.ts'
export { Loopback } from './loopback.ts'
export { LARGE_SEGMENT } from './size.ts'
export { Switch, SwitchPort } from './switch.ts'
export type { FrameTap } from './tap.ts'
export { parseDuration, parseProbability, parseQueue, parseRate, parseSize, type QueueLimit } from './units.ts'
