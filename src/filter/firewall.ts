import type { Hook, HookPoint, IpLayer } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import type { HostContext } from '../time/context.ts'
import { ANY4 } from '../wire/address.ts'
import type { Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { type Base, Chain, type Policy, Table, type TableFamily } from './chain.ts'
import { Conntrack } from './conntrack.ts'
import { canReject, reject } from './reject.ts'
import { Rule, type Statement } from './rule.ts'
import { type RuleInit, statementsOf } from './simple.ts'
import { Answer, type Verdict } from './verdict.ts'

/** NF_IP_PRI_CONNTRACK_DEFRAG, NF_IP_PRI_CONNTRACK, and after everything else. */
const PRIORITY_DEFRAG = -400
const PRIORITY_CONNTRACK = -200
const PRIORITY_CONFIRM = 2_147_483_647
/** Jumps in a row (NFT_JUMP_STACK_SIZE). */
const MOST_JUMPS = 16

/** All tables as they were, to go back to when a batch of commands fails halfway. */
export interface Snapshot {
  readonly tables: readonly Table[]
  readonly chains: ReadonlyMap<Table, readonly Chain[]>
  readonly rules: ReadonlyMap<Chain, { readonly rules: readonly Rule[]; readonly policy: Policy }>
}

/**
 * The packet filter of one host: tables of chains of rules on the hooks of its IP layer.
 *
 * `add`, `remove`, `flush`, `list` and `setPolicy` speak of the table `inet filter` with its chains `input`, `output` and
 * `forward`, made when first named. The rest is for nft(8): change tables and chains, then `commit`.
 */
export class Firewall {
  readonly ip: IpLayer
  readonly conntrack: Conntrack
  readonly #ctx: HostContext
  #tables: Table[] = []
  #tableHandles = 0
  #unhang: (() => void)[] = []
  #isTracking = false

  constructor(ctx: HostContext, ip: IpLayer) {
    this.#ctx = ctx
    this.ip = ip
    this.conntrack = new Conntrack(ctx.clock, ANY4)
  }

  get tables(): readonly Table[] {
    return this.#tables
  }

  /** Add a rule at the end of a chain of `inet filter`. Its handle. Throws where a part of it means nothing. */
  add(init: RuleInit): number {
    const chain = this.#standard(init.chain)
    const table = this.#filter()
    const rule = this.makeRule(table, statementsOf(init, this.ip), init.comment ?? null)
    if (init.at === 'start') chain.rules.unshift(rule)
    else chain.rules.push(rule)
    this.commit()
    return rule.handle
  }

  /** Take a rule of `inet filter` out; false when there is none of that handle. */
  remove(handle: number): boolean {
    for (const chain of this.table('inet', 'filter')?.chains ?? []) {
      const left = chain.rules.filter((rule) => rule.handle !== handle)
      if (left.length === chain.rules.length) continue
      chain.rules = left
      this.commit()
      return true
    }
    return false
  }

  /** Take out all rules of a chain of `inet filter`, or everything there is. */
  flush(chain?: string): void {
    if (chain === undefined) this.#tables = []
    else {
      const found = this.table('inet', 'filter')?.chain(chain)
      if (found !== undefined && found !== null) found.rules = []
    }
    this.commit()
  }

  /** Rules of a chain of `inet filter`, in order. */
  list(chain: string): readonly Rule[] {
    return this.table('inet', 'filter')?.chain(chain)?.rules ?? []
  }

  /** What happens to packets that no rule decided about. */
  setPolicy(chain: 'input' | 'output' | 'forward', policy: Policy): void {
    this.#standard(chain).policy = policy
    this.commit()
  }

  #filter(): Table {
    return this.table('inet', 'filter') ?? this.addTable('inet', 'filter')
  }

  #standard(name: string): Chain {
    const table = this.#filter()
    const found = table.chain(name)
    if (found !== null) return found
    if (name !== 'input' && name !== 'output' && name !== 'forward') throw new Error(`${name}: no such chain`)
    return this.addChain(table, name, { type: 'filter', hook: name, priority: 0 }, 'accept')
  }

  table(family: TableFamily, name: string): Table | null {
    return this.#tables.find((table) => table.family === family && table.name === name) ?? null
  }

  addTable(family: TableFamily, name: string): Table {
    const table = new Table(family, name, ++this.#tableHandles)
    this.#tables.push(table)
    return table
  }

  removeTable(table: Table): void {
    this.#tables = this.#tables.filter((other) => other !== table)
  }

  addChain(table: Table, name: string, base: Base | null, policy: Policy): Chain {
    const chain = new Chain(name, table.nextHandle(), base, policy)
    table.chains.push(chain)
    return chain
  }

  makeRule(table: Table, statements: readonly Statement[], comment: string | null): Rule {
    // The kernel numbers sets without a name too.
    for (const statement of statements) if (statement.kind === 'match' && statement.isSet) table.nextHandle()
    return new Rule(table.nextHandle(), statements, comment, this.#take)
  }

  /** Whether jumps of this table go in a circle, or too deep. */
  hasLoop(table: Table): boolean {
    const deep = (chain: Chain, depth: number): boolean =>
      depth > MOST_JUMPS ||
      chain.rules.some(({ leadsTo }) => {
        const next = leadsTo === null ? null : table.chain(leadsTo)
        return next !== null && deep(next, depth + 1)
      })
    return table.chains.some((chain) => deep(chain, 0))
  }

  snapshot(): Snapshot {
    const chains = this.#tables.flatMap((table) => table.chains)
    return {
      tables: [...this.#tables],
      chains: new Map(this.#tables.map((table) => [table, [...table.chains]])),
      rules: new Map(chains.map((chain) => [chain, { rules: [...chain.rules], policy: chain.policy }])),
    }
  }

  restore({ tables, chains, rules }: Snapshot): void {
    this.#tables = [...tables]
    for (const [table, list] of chains) table.chains = [...list]
    for (const [chain, was] of rules) {
      chain.rules = [...was.rules]
      chain.policy = was.policy
    }
  }

  /** Make what the tables say be so: targets of jumps, hooks, connection tracking. */
  commit(): void {
    for (const unhang of this.#unhang) unhang()
    this.#unhang = []
    let tracks = false
    for (const table of this.#tables) {
      for (const chain of table.chains) {
        for (const rule of chain.rules) {
          const { leadsTo } = rule
          rule.target = leadsTo === null ? null : table.chain(leadsTo)
          if (rule.usesState) tracks = true
        }
        if (chain.base !== null) this.#hang(chain.base.hook, chain.base.priority, this.#hook(table.family, chain))
      }
    }
    if (tracks) this.#hangConntrack()
    else if (this.#isTracking) this.conntrack.clear()
    this.#isTracking = tracks
  }

  #hang(point: HookPoint, priority: number, hook: Hook): void {
    this.#unhang.push(this.ip.addHook(point, priority, hook))
  }

  #hangConntrack(): void {
    const { conntrack } = this
    const { telemetry } = this.#ctx
    const look: Hook = (packet) => {
      if (conntrack.track(packet)) return packet
      telemetry.drop(packet, Reason.ConntrackFull, conntrack)
      return null
    }
    // Whole datagrams alone have ports (nf_defrag_ipv4, nf_defrag_ipv6).
    const gather: Hook = (packet) => this.ip.defragment(packet)
    const keep: Hook = (packet) => {
      conntrack.confirm(packet)
      return packet
    }
    this.#hang('prerouting', PRIORITY_DEFRAG, gather)
    this.#hang('prerouting', PRIORITY_CONNTRACK, look)
    this.#hang('output', PRIORITY_CONNTRACK, look)
    this.#hang('input', PRIORITY_CONFIRM, keep)
    this.#hang('postrouting', PRIORITY_CONFIRM, keep)
  }

  #hook(family: TableFamily, chain: Chain): Hook {
    const only = family === 'inet' ? 0 : family === 'ip' ? 4 : 6
    const { telemetry } = this.#ctx
    return (packet, point, out) => {
      if (only !== 0 && packet.src.family !== only) return packet
      const answer = chain.run(packet, inbound(packet, point), out)
      if (answer === Answer.TAKEN) return null
      if (answer === Answer.ACCEPT || chain.policy === 'accept') return packet
      telemetry.drop(packet, Reason.FilterPolicy, chain)
      return null
    }
  }

  readonly #take = (packet: Packet, verdict: Verdict, rule: Rule, iif: NetworkInterface | null): boolean => {
    const { telemetry } = this.#ctx
    if (verdict.kind !== 'reject') {
      telemetry.drop(packet, Reason.FilterDrop, rule)
      return true
    }
    if (!canReject(packet, verdict.with)) return false
    reject(this.ip, packet, verdict.with, iif)
    telemetry.drop(packet, Reason.FilterReject, rule)
    return true
  }
}

/** The interface that a packet came in by; one that this host sends has none. */
const inbound = (packet: Packet, point: HookPoint): NetworkInterface | null =>
  point === 'output' || point === 'postrouting' ? null : (packet.iface as NetworkInterface | null)
