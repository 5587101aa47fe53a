import { Icmp6Unreachable, IcmpUnreachable } from '../wire/icmp.ts'

/** What a rule answers about a packet; rules and chains speak of it in these numbers. */
export const Answer = {
  /** On to the next statement, or after the last one to the next rule. */
  CONTINUE: 0,
  /** The rule does not match: on to the next rule. */
  BREAK: 1,
  ACCEPT: 2,
  /** The packet is gone: dropped or rejected. */
  TAKEN: 3,
  /** Back to the chain that jumped here; in a base chain the policy decides. */
  RETURN: 4,
  JUMP: 5,
  GOTO: 6,
} as const

/** What a rejected packet is answered with. `icmpx` says the same in the packet's own family. */
export type RejectWith =
  | { readonly kind: 'tcp-reset' }
  | { readonly kind: 'icmp' | 'icmpv6' | 'icmpx'; readonly code: string }

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'reject'; readonly with: RejectWith }

/** Names of codes of Destination Unreachable, as nft(8) writes them. */
export const REJECT_CODES: Readonly<Record<'icmp' | 'icmpv6' | 'icmpx', Readonly<Record<string, number>>>> = {
  icmp: {
    'net-unreachable': IcmpUnreachable.NET,
    'host-unreachable': IcmpUnreachable.HOST,
    'prot-unreachable': IcmpUnreachable.PROTOCOL,
    'port-unreachable': IcmpUnreachable.PORT,
    'net-prohibited': IcmpUnreachable.NET_PROHIBITED,
    'host-prohibited': IcmpUnreachable.HOST_PROHIBITED,
    'admin-prohibited': IcmpUnreachable.ADMIN_PROHIBITED,
  },
  icmpv6: {
    'no-route': Icmp6Unreachable.NO_ROUTE,
    'admin-prohibited': Icmp6Unreachable.ADMIN_PROHIBITED,
    'addr-unreachable': Icmp6Unreachable.ADDRESS,
    'port-unreachable': Icmp6Unreachable.PORT,
  },
  // NFT_REJECT_ICMPX_*: translated by family (nft_reject_icmp_code).
  icmpx: { 'no-route': 0, 'port-unreachable': 1, 'host-unreachable': 2, 'admin-prohibited': 3 },
}

const X4: readonly number[] = [
  IcmpUnreachable.NET,
  IcmpUnreachable.PORT,
  IcmpUnreachable.HOST,
  IcmpUnreachable.ADMIN_PROHIBITED,
]
const X6: readonly number[] = [
  Icmp6Unreachable.NO_ROUTE,
  Icmp6Unreachable.PORT,
  Icmp6Unreachable.ADDRESS,
  Icmp6Unreachable.ADMIN_PROHIBITED,
]

/** The ICMP code for a packet of this family, or -1 when the answer is of the other family. */
export const rejectCode = (answer: RejectWith, family: 4 | 6): number => {
  if (answer.kind === 'tcp-reset') return -1
  const code = REJECT_CODES[answer.kind][answer.code]
  if (code === undefined) throw new Error(`${answer.code}: no code of ${answer.kind}`)
  if (answer.kind === 'icmpx') return (family === 4 ? X4 : X6)[code] as number
  return (answer.kind === 'icmp') === (family === 4) ? code : -1
}
