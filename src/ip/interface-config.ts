/** net.ipv4.conf.all, .default and one more for each interface, and what they come to together (Linux's inetdevice.h). */
import type { NetworkInterface } from '../link/interface.ts'
import { EINVAL } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

/** Values of one of them, at Linux's defaults for an interface. */
export class InterfaceConfig {
  forwarding = 0
  rpFilter = 0
  acceptSourceRoute = 1
  acceptRedirects = 1
  secureRedirects = 1
  sendRedirects = 1
  sharedMedia = 1
  acceptLocal = 0
  routeLocalnet = 0
  promoteSecondaries = 0
  arpAccept = 0
  arpAnnounce = 0
  arpIgnore = 0
  arpNotify = 0
  dropUnicastInL2Multicast = 0
  dropGratuitousArp = 0
}

type Field = keyof InterfaceConfig

/** How `all` and the interface's own are taken together. `own`: `all` only hands its value on when it is set. */
type Rule = 'own' | 'and' | 'or' | 'max' | 'redirects'

const SETTINGS: readonly (readonly [name: string, field: Field, most: number, rule: Rule])[] = [
  ['forwarding', 'forwarding', 1, 'own'],
  ['rp_filter', 'rpFilter', 2, 'max'],
  ['accept_source_route', 'acceptSourceRoute', 1, 'and'],
  ['accept_redirects', 'acceptRedirects', 1, 'redirects'],
  ['secure_redirects', 'secureRedirects', 1, 'or'],
  ['send_redirects', 'sendRedirects', 1, 'or'],
  ['shared_media', 'sharedMedia', 1, 'or'],
  ['accept_local', 'acceptLocal', 1, 'or'],
  ['route_localnet', 'routeLocalnet', 1, 'or'],
  ['promote_secondaries', 'promoteSecondaries', 1, 'or'],
  ['arp_accept', 'arpAccept', 2, 'max'],
  ['arp_announce', 'arpAnnounce', 2, 'max'],
  ['arp_ignore', 'arpIgnore', 8, 'max'],
  ['arp_notify', 'arpNotify', 1, 'max'],
  ['drop_unicast_in_l2_multicast', 'dropUnicastInL2Multicast', 1, 'or'],
  ['drop_gratuitous_arp', 'dropGratuitousArp', 1, 'or'],
]

/** Values are small and none is negative: the greater of two is also their disjunction, the lesser their conjunction. */
const joined = (rule: Rule, all: number, own: number, forwards: boolean): number => {
  if (rule === 'own') return own
  const needsBoth = rule === 'and' || (rule === 'redirects' && forwards)
  return needsBoth ? Math.min(all, own) : Math.max(all, own)
}

export class InterfaceConfigs {
  readonly all: InterfaceConfig = new InterfaceConfig()
  /** What a new interface starts with. */
  readonly initial: InterfaceConfig = new InterfaceConfig()
  readonly #own = new Map<NetworkInterface, InterfaceConfig>()
  readonly #joined = new Map<NetworkInterface, InterfaceConfig>()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
    this.all.acceptSourceRoute = 0
  }

  add(iface: NetworkInterface): void {
    this.#own.set(iface, Object.assign(new InterfaceConfig(), this.initial))
    this.#joined.set(iface, new InterfaceConfig())
    this.#join()
  }

  /** What holds for an interface. */
  of(iface: NetworkInterface): InterfaceConfig {
    return this.#joined.get(iface) ?? this.initial
  }

  #join(): void {
    for (const [iface, own] of this.#own) {
      const result = this.of(iface)
      for (const [, field, , rule] of SETTINGS)
        result[field] = joined(rule, this.all[field], own[field], own.forwarding !== 0)
    }
  }

  /** `all.forwarding` and ip_forward set every interface, and those to come (inet_forward_change). */
  setForwarding(value: number): void {
    for (const one of [this.all, this.initial, ...this.#own.values()]) one.forwarding = value
  }

  /** net.ipv4.ip_forward, net.ipv4.conf.all.*, net.ipv4.conf.default.*. */
  entries(): SysctlEntry[] {
    const forward = this.#entry('net.ipv4.ip_forward', this.all, 'forwarding', 1)
    return [forward, ...this.#entriesOf('all', this.all), ...this.#entriesOf('default', this.initial)]
  }

  /** net.ipv4.conf.<name>.* of an interface that was added. */
  entriesFor(iface: NetworkInterface): SysctlEntry[] {
    const own = this.#own.get(iface)
    return own === undefined ? [] : this.#entriesOf(iface.name, own)
  }

  #entriesOf(name: string, config: InterfaceConfig): SysctlEntry[] {
    return SETTINGS.map(([key, field, most]) => this.#entry(`net.ipv4.conf.${name}.${key}`, config, field, most))
  }

  #entry(name: string, config: InterfaceConfig, field: Field, most: number): SysctlEntry {
    return {
      name,
      get: () => String(config[field]),
      set: (text) => {
        if (!/^\s*\d{1,10}\s*$/.test(text) || Number(text) > most) return -EINVAL
        if (config === this.all && field === 'forwarding') this.setForwarding(Number(text))
        else config[field] = Number(text)
        this.#join()
        this.#changed()
        return 0
      },
    }
  }
}
