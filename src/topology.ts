/** `soquete/topology`: networks as data, a face of its own so that a page without one loads no YAML reader. */
export {
  buildTopology,
  checkTopology,
  parseTopology,
  TopologyError,
  type TopologyProblem,
} from './network/topology/index.ts'
export type {
  FaultSpec,
  HostSpec,
  InterfaceSpec,
  LinkOptions,
  LinkSpec,
  ProgramSpec,
  RouteSpec,
  Topology,
} from './network/topology/types.ts'
