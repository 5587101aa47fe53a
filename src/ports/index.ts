/**
 * Ports: who holds which, who may share one, which one comes next, and who gets a packet.
 *
 * It lies below the protocols because half of what holds a port has no socket: half-open connections, orphans and
 * TIME-WAIT. A protocol keeps one `PortTable` (the conflict matrix and the ephemeral choice), connections in a `FlowTable`
 * (found by five-tuple), listeners in a `ListenerTable` (found by port, the best score wins).
 *
 * Left out: SO_ATTACH_REUSEPORT_CBPF, SO_INCOMING_CPU and bpf_sk_lookup: a virtual host has one processor and no BPF.
 */
export { addressesConflict } from './conflict.ts'
export { FlowTable, flowHash } from './flow-table.ts'
export { ListenerTable, memberOf, sameGroup } from './listener-table.ts'
export { type FlowPolicy, PortTable } from './port-table.ts'
export { PortSettings, portSettings } from './settings.ts'
export { type Flow, NO_SLOT, type PortHolder } from './types.ts'
