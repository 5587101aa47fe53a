/**
 * Hosts that cannot reach each other: partitions drop, holds keep back, between two hosts or groups, both ways or one.
 *
 * A fault is about who talks to whom, not about cables: it works alike between hosts on one cable, behind a switch and
 * across routers, and a router between them still forwards for others. It is judged at the last link, on the way into the
 * receiving host, so packets that are under way when it begins are subject to it.
 */
import type { Gate, GateState } from '../link/gate.ts'
import type { Address, MacAddress } from '../wire/address.ts'
import { get16 } from '../wire/bytes.ts'
import { readAddress4, readAddress6, readMac } from '../wire/known.ts'
import { EtherType, Form, type Packet } from '../wire/packet.ts'

/** What a fault has to know of a host. */
export interface FaultHost {
  readonly name: string
  /** One of its interfaces has this address now. */
  hasAddress(address: Address): boolean
  hasMac(mac: MacAddress): boolean
}

export interface FaultScope {
  /** Only packets from the first to the second; both ways unless given. */
  readonly oneWay?: boolean
}

/** A host, a group of hosts. */
export type FaultGroup = string | readonly string[]

/** A fault between two hosts, in one direction. */
export interface ActiveFault {
  readonly kind: 'partition' | 'hold'
  readonly from: string
  readonly to: string
}

/** A host with the gates through which frames come to it, and whom it does not hear at present. */
interface Member {
  readonly host: FaultHost
  readonly gates: Gate[]
  readonly cut: Set<Member>
  readonly held: Set<Member>
}

/** Who sent a packet to whom: the part of a packet that a fault looks at. */
interface Envelope {
  readonly src: Address | null
  readonly dst: Address | null
  readonly srcMac: MacAddress
  readonly group: boolean
}

/** Reads the addresses of a raw frame; what is cut short reads as zeros and matches nobody. */
const envelopeOfBytes = (b: Uint8Array, at: number): Envelope => {
  const srcMac = readMac(b, at + 6)
  const group = ((b[at] ?? 0) & 1) === 1
  switch (get16(b, at + 12)) {
    case EtherType.IPV4:
      return { src: readAddress4(b, at + 26), dst: readAddress4(b, at + 30), srcMac, group }
    case EtherType.ARP:
      return { src: readAddress4(b, at + 28), dst: readAddress4(b, at + 38), srcMac, group }
    case EtherType.IPV6:
      return { src: readAddress6(b, at + 22), dst: readAddress6(b, at + 38), srcMac, group }
    default:
      return { src: null, dst: null, srcMac, group }
  }
}

const envelopeOf = (frame: Packet): Envelope => {
  if (frame.form === Form.FRAME) return envelopeOfBytes(frame.buf, frame.start)
  return { src: frame.src, dst: frame.dst, srcMac: frame.srcMac, group: frame.dstMac.isGroup }
}

/** A packet without a source address yet (DHCP, ARP probes) is told by its link address. */
const isFrom = ({ src, srcMac }: Envelope, host: FaultHost): boolean =>
  src === null || src.isUnspecified ? host.hasMac(srcMac) : host.hasAddress(src)

/** Asked on the way into the host: a group's packet, or one of another protocol, is for it too. */
const isTo = ({ dst, group }: Envelope, host: FaultHost): boolean => group || dst === null || host.hasAddress(dst)

export class Faults {
  readonly #members = new Map<string, Member>()

  /** Make a host known, before its gates. */
  addHost(host: FaultHost): void {
    this.#members.set(host.name, { host, gates: [], cut: new Set(), held: new Set() })
  }

  /** A gate through which frames come to the host: the outer end of one of its links. */
  addGate(host: string, gate: Gate): void {
    const member = this.#member(host)
    member.gates.push(gate)
    this.#apply(member)
  }

  /** The gate's link was removed. */
  removeGate(host: string, gate: Gate): void {
    const { gates } = this.#member(host)
    const at = gates.indexOf(gate)
    if (at >= 0) gates.splice(at, 1)
    gate.setJudge(null)
  }

  /**
   * Drop what the first sends to the second, and the other way round unless `oneWay`. Packets that a hold kept are
   * dropped.
   *
   * @throws Error naming a host that does not exist; then nothing has changed. So do the others
   */
  partition(a: FaultGroup, b: FaultGroup, scope: FaultScope = {}): void {
    this.#change(a, b, scope, (to, from) => to.cut.add(from))
  }

  /** End partitions: between these, between the first and all others, or all. */
  heal(a: FaultGroup = this.#everybody(), b: FaultGroup = this.#everybody(), scope: FaultScope = {}): void {
    this.#change(a, b, scope, (to, from) => to.cut.delete(from))
  }

  /** Keep back, in order, what the first sends to the second, and the other way round unless `oneWay`. */
  hold(a: FaultGroup, b: FaultGroup, scope: FaultScope = {}): void {
    this.#change(a, b, scope, (to, from) => to.held.add(from))
  }

  /** End holds, between whom as in `heal`: what was kept arrives now, in order. */
  release(a: FaultGroup = this.#everybody(), b: FaultGroup = this.#everybody(), scope: FaultScope = {}): void {
    this.#change(a, b, scope, (to, from) => to.held.delete(from))
  }

  /** What is broken at present, in the order in which hosts were made. */
  get active(): ActiveFault[] {
    const faults: ActiveFault[] = []
    for (const { host, cut, held } of this.#members.values()) {
      for (const from of cut) faults.push({ kind: 'partition', from: from.host.name, to: host.name })
      for (const from of held) faults.push({ kind: 'hold', from: from.host.name, to: host.name })
    }
    return faults
  }

  #change(a: FaultGroup, b: FaultGroup, { oneWay = false }: FaultScope, act: (to: Member, from: Member) => void): void {
    const first = this.#group(a)
    const second = this.#group(b)
    const changed = new Set<Member>()
    for (const from of first)
      for (const to of second) {
        if (from === to) continue
        act(to, from)
        changed.add(to)
        if (oneWay) continue
        act(from, to)
        changed.add(from)
      }
    for (const member of changed) this.#apply(member)
  }

  #everybody(): string[] {
    return [...this.#members.keys()]
  }

  #apply(member: Member): void {
    const { cut, held, gates } = member
    const judge = cut.size + held.size === 0 ? null : (frame: Packet): GateState => verdict(frame, member)
    for (const gate of gates) gate.setJudge(judge)
  }

  #group(group: FaultGroup): Member[] {
    return (typeof group === 'string' ? [group] : group).map((name) => this.#member(name))
  }

  #member(name: string): Member {
    const member = this.#members.get(name)
    if (member === undefined)
      throw new Error(
        `no host "${name}" (there ${this.#members.size === 0 ? 'are none' : `are ${[...this.#members.keys()].join(', ')}`})`,
      )
    return member
  }
}

/** A partition outdoes a hold. */
const verdict = (frame: Packet, { host, cut, held }: Member): GateState => {
  const envelope = envelopeOf(frame)
  if (!isTo(envelope, host)) return 'open'
  for (const from of cut) if (isFrom(envelope, from.host)) return 'blocked'
  for (const from of held) if (isFrom(envelope, from.host)) return 'held'
  return 'open'
}
