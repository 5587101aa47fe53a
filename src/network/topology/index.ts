/**
 * Topologies: a network as data. `parseTopology` reads YAML, `checkTopology` says what is wrong with an object and where,
 * `buildTopology` makes it. Apart from `network/index.ts` because a YAML reader is a fifth of what a page would load.
 */
export { buildTopology } from './build.ts'
export { checkTopology, parseTopology, TopologyError, type TopologyProblem } from './parse.ts'
