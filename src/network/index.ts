/**
 * Many hosts: links between them, faults, captures, and the driver that lets time pass. Topology files are in `topology/`, with
 * a face of their own.
 */
export { NetworkCapture, type NetworkCaptureOptions } from './capture.ts'
export { Digest } from './digest.ts'
export { type Driver, LivelockError } from './driver.ts'
export type { ActiveFault, FaultGroup, FaultScope } from './faults.ts'
export type { HostSetup } from './host-setup.ts'
export { Direction, Link, type LinkPlug } from './link.ts'
export { type FaultTarget, type LinkEnd, Network, type NetworkOptions } from './network.ts'
export { type Platform, portablePlatform } from './platform.ts'
export type {
  FaultSpec,
  HostSpec,
  InterfaceSpec,
  LinkOptions,
  LinkSpec,
  ProgramSpec,
  RouteSpec,
  Topology,
} from './topology/types.ts'
export { type CallContext, type Frame, siteOf } from './trace/index.ts'
