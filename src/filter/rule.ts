import type { NetworkInterface } from '../link/interface.ts'
import { networkLength } from '../wire/ethernet.ts'
import type { Packet } from '../wire/packet.ts'
import type { Chain } from './chain.ts'
import { compileMatch, type Match } from './match.ts'
import { Answer, type Verdict } from './verdict.ts'

/** Counts the packets that come to it, bytes of the IP packet each. */
export interface CounterStatement {
  readonly kind: 'counter'
  packets: number
  bytes: number
}

export interface VerdictStatement {
  readonly kind: 'verdict'
  readonly verdict: Verdict
}

export type Statement = Match | CounterStatement | VerdictStatement

/** Takes a packet for good, by the verdict of a rule: false when the verdict does not concern it. */
export type Take = (packet: Packet, verdict: Verdict, rule: Rule, iif: NetworkInterface | null) => boolean

type Step = (packet: Packet, iif: NetworkInterface | null, oif: NetworkInterface | null) => number

/** Statements in order: what does not match ends the rule, a verdict ends the packet's way through the chain. */
export class Rule {
  readonly handle: number
  readonly statements: readonly Statement[]
  readonly comment: string | null
  /** Where `jump` or `goto` leads; the firewall fills it in when the ruleset is whole. */
  target: Chain | null = null
  readonly #steps: readonly Step[]

  constructor(handle: number, statements: readonly Statement[], comment: string | null, take: Take) {
    this.handle = handle
    this.statements = statements
    this.comment = comment
    this.#steps = statements.map((statement) => this.#compile(statement, take))
  }

  #compile(statement: Statement, take: Take): Step {
    if (statement.kind === 'counter')
      return (packet) => {
        statement.packets++
        statement.bytes += networkLength(packet)
        return Answer.CONTINUE
      }
    if (statement.kind !== 'verdict') {
      const test = compileMatch(statement)
      return (packet, iif, oif) => (test(packet, iif, oif) ? Answer.CONTINUE : Answer.BREAK)
    }
    const { verdict } = statement
    switch (verdict.kind) {
      case 'accept':
        return () => Answer.ACCEPT
      case 'return':
        return () => Answer.RETURN
      case 'jump':
        return () => Answer.JUMP
      case 'goto':
        return () => Answer.GOTO
      default:
        return (packet, iif) => (take(packet, verdict, this, iif) ? Answer.TAKEN : Answer.BREAK)
    }
  }

  /** An `Answer`. */
  run(packet: Packet, iif: NetworkInterface | null, oif: NetworkInterface | null): number {
    const steps = this.#steps
    for (let i = 0; i < steps.length; i++) {
      const answer = (steps[i] as Step)(packet, iif, oif)
      if (answer !== Answer.CONTINUE) return answer
    }
    return Answer.CONTINUE
  }

  /** The chain that it leads to, by name. */
  get leadsTo(): string | null {
    for (const statement of this.statements)
      if (statement.kind === 'verdict' && 'chain' in statement.verdict) return statement.verdict.chain
    return null
  }

  get usesState(): boolean {
    return this.statements.some((statement) => 'field' in statement && statement.field === 'ct state')
  }
}
