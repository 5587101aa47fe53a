/**
 * Filter: the packet filter on the hooks of IP, as nftables has it: tables hold chains, a base chain hangs on a hook by
 * priority and has a policy, rules are statements in order that end in a verdict. Connections are tracked while a rule asks
 * about `ct state`.
 *
 * Drops are counted under `FilterDrop`, `FilterReject` and `FilterPolicy`; the rule or chain is the event's subject.
 *
 * Left out: address translation, named sets and maps, limits, logs, marks, and the families arp, bridge and netdev.
 */
export { type Base, Chain, type Policy, Table, type TableFamily } from './chain.ts'
export { Conntrack, CtState } from './conntrack.ts'
export { Firewall } from './firewall.ts'
export type { Match } from './match.ts'
export { type NftOptions, type NftResult, printRule, runNft } from './nft/index.ts'
export type { Rule, Statement } from './rule.ts'
export type { RuleInit } from './simple.ts'
export type { RejectWith, Verdict } from './verdict.ts'
