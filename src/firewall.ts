/**
 * `soquete/firewall`: the packet filter of a host in code, as the nft program has it in text. A face of its own, so that a page
 * without one does not load it.
 *
 * `firewallOf(host).add({ chain: 'input', protocol: 'tcp', dport: 8080, verdict: 'drop' })`
 */
export type {
  Chain,
  Firewall,
  NftOptions,
  NftResult,
  Policy,
  RejectWith,
  Rule,
  RuleInit,
  Table,
  Verdict,
} from './filter/index.ts'
export { runNft } from './filter/index.ts'
export { firewallOf } from './host/firewall.ts'
