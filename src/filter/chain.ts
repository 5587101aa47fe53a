import type { HookPoint } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import type { Packet } from '../wire/packet.ts'
import type { Rule } from './rule.ts'
import { Answer } from './verdict.ts'

/** Which packets a table sees: `inet` both families. */
export type TableFamily = 'ip' | 'ip6' | 'inet'
export type Policy = 'accept' | 'drop'

/** Where a base chain hangs. */
export interface Base {
  readonly type: 'filter'
  readonly hook: HookPoint
  readonly priority: number
}

export class Chain {
  readonly name: string
  readonly handle: number
  /** Null: only jumps lead here. */
  readonly base: Base | null
  policy: Policy
  rules: Rule[] = []

  constructor(name: string, handle: number, base: Base | null, policy: Policy) {
    this.name = name
    this.handle = handle
    this.base = base
    this.policy = policy
  }

  /** CONTINUE when no rule decided. Depth is bounded: the firewall takes no loops. */
  run(packet: Packet, iif: NetworkInterface | null, oif: NetworkInterface | null): number {
    const { rules } = this
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i] as Rule
      let answer = rule.run(packet, iif, oif)
      if (answer === Answer.CONTINUE || answer === Answer.BREAK) continue
      if (answer === Answer.RETURN) return Answer.CONTINUE
      if (answer === Answer.ACCEPT || answer === Answer.TAKEN) return answer
      if (rule.target === null) throw new Error('invariant: a jump has a target')
      const isGoto = answer === Answer.GOTO
      answer = rule.target.run(packet, iif, oif)
      if (isGoto || answer !== Answer.CONTINUE) return answer
    }
    return Answer.CONTINUE
  }
}

export class Table {
  readonly family: TableFamily
  readonly name: string
  readonly handle: number
  chains: Chain[] = []
  #handles = 0

  constructor(family: TableFamily, name: string, handle: number) {
    this.family = family
    this.name = name
    this.handle = handle
  }

  /** Chains, rules and sets without a name are numbered together, and no number comes twice. */
  nextHandle(): number {
    return ++this.#handles
  }

  chain(name: string): Chain | null {
    return this.chains.find((chain) => chain.name === name) ?? null
  }
}
