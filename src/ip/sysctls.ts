import { EINVAL } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

/** Settings of the IP layer, at Linux's defaults. Plain fields: packets read them. */
export class IpConfig {
  defaultTtl = 64
  noPmtuDisc = 0
  nonlocalBind = 0
  forwardUsePmtu = 0

  icmpEchoIgnoreAll = 0
  icmpEchoIgnoreBroadcasts = 1
  icmpErrorsUseInboundIfaddr = 0
  icmpIgnoreBogusErrorResponses = 1
  /** Milliseconds an error to one destination costs; 0: no limit. */
  icmpRatelimit = 1000
  /** Types that the limits hold for: 3, 4, 11, 12. */
  icmpRatemask = 6168
  icmpMsgsPerSec = 1000
  icmpMsgsBurst = 50

  ipfragHighThresh = 4_194_304
  ipfragLowThresh = 3_145_728
  /** Seconds. */
  ipfragTime = 30
  ipfragMaxDist = 64

  routeMinPmtu = 552
  /** Seconds. */
  routeMtuExpires = 600
  routeGcTimeout = 300

  ipv6Forward = 0
  ipv6HopLimit = 64
  ipv6AcceptRedirects = 1
  ip6fragHighThresh = 4_194_304
  ip6fragLowThresh = 3_145_728
  /** Seconds (RFC 8200 4.5). */
  ip6fragTime = 60
  icmp6Ratelimit = 100
  icmp6EchoIgnoreAll = 0
  icmp6EchoIgnoreMulticast = 0
  ipv6MtuExpires = 600

  readonly neigh4 = new NeighbourConfig()
  readonly neigh6 = new NeighbourConfig(0)
}

/** net.ipv4.neigh.default.*, net.ipv6.neigh.default.*; times in milliseconds unless named otherwise. */
export class NeighbourConfig {
  baseReachableTime = 30_000
  retransTime = 1000
  /** Seconds. */
  delayFirstProbeTime = 5
  gcStaleTime = 60
  ucastSolicit = 3
  mcastSolicit = 3
  mcastResolicit = 0
  unresQlen = 101
  unresQlenBytes = 212_992
  /** Hundredths of a second. */
  locktime: number
  gcThresh1 = 128
  gcThresh2 = 512
  gcThresh3 = 1024

  constructor(locktime = 100) {
    this.locktime = locktime
  }
}

type Numbers<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T]

const INT_MAX = 2_147_483_647

/** A whole number between `low` and `high`; anything else is EINVAL. */
const integer = <T>(name: string, object: T, field: Numbers<T>, low = 0, high = INT_MAX): SysctlEntry => ({
  name,
  get: () => String(object[field]),
  set: (text) => {
    const value = text.trim()
    if (!/^-?[0-9]{1,10}$/.test(value)) return -EINVAL
    const n = Number(value)
    if (n < low || n > high) return -EINVAL
    object[field] = n as T[Numbers<T>]
    return 0
  },
})

const neighbourEntries = (prefix: string, config: NeighbourConfig): SysctlEntry[] => [
  integer(`${prefix}.base_reachable_time_ms`, config, 'baseReachableTime'),
  integer(`${prefix}.retrans_time_ms`, config, 'retransTime', 1),
  integer(`${prefix}.delay_first_probe_time`, config, 'delayFirstProbeTime'),
  integer(`${prefix}.gc_stale_time`, config, 'gcStaleTime'),
  integer(`${prefix}.ucast_solicit`, config, 'ucastSolicit'),
  integer(`${prefix}.mcast_solicit`, config, 'mcastSolicit'),
  integer(`${prefix}.mcast_resolicit`, config, 'mcastResolicit'),
  integer(`${prefix}.unres_qlen`, config, 'unresQlen'),
  integer(`${prefix}.unres_qlen_bytes`, config, 'unresQlenBytes'),
  integer(`${prefix}.locktime`, config, 'locktime'),
  integer(`${prefix}.gc_thresh1`, config, 'gcThresh1'),
  integer(`${prefix}.gc_thresh2`, config, 'gcThresh2'),
  integer(`${prefix}.gc_thresh3`, config, 'gcThresh3'),
]

/** @param changed - called after every change: routing depends on some of them */
export const ipSysctls = (c: IpConfig, changed: () => void): SysctlEntry[] =>
  entries(c).map((entry) => ({
    name: entry.name,
    get: () => entry.get(),
    set: (text) => {
      const result = entry.set(text)
      changed()
      return result
    },
  }))

const entries = (c: IpConfig): SysctlEntry[] => {
  const ip = 'net.ipv4'
  return [
    integer(`${ip}.ip_default_ttl`, c, 'defaultTtl', 1, 255),
    integer(`${ip}.ip_no_pmtu_disc`, c, 'noPmtuDisc', 0, 3),
    integer(`${ip}.ip_nonlocal_bind`, c, 'nonlocalBind', 0, 1),
    integer(`${ip}.ip_forward_use_pmtu`, c, 'forwardUsePmtu', 0, 1),
    integer(`${ip}.icmp_echo_ignore_all`, c, 'icmpEchoIgnoreAll', 0, 1),
    integer(`${ip}.icmp_echo_ignore_broadcasts`, c, 'icmpEchoIgnoreBroadcasts', 0, 1),
    integer(`${ip}.icmp_errors_use_inbound_ifaddr`, c, 'icmpErrorsUseInboundIfaddr', 0, 1),
    integer(`${ip}.icmp_ignore_bogus_error_responses`, c, 'icmpIgnoreBogusErrorResponses', 0, 1),
    integer(`${ip}.icmp_ratelimit`, c, 'icmpRatelimit'),
    integer(`${ip}.icmp_ratemask`, c, 'icmpRatemask'),
    integer(`${ip}.icmp_msgs_per_sec`, c, 'icmpMsgsPerSec'),
    integer(`${ip}.icmp_msgs_burst`, c, 'icmpMsgsBurst'),
    integer(`${ip}.ipfrag_high_thresh`, c, 'ipfragHighThresh'),
    integer(`${ip}.ipfrag_low_thresh`, c, 'ipfragLowThresh'),
    integer(`${ip}.ipfrag_time`, c, 'ipfragTime'),
    integer(`${ip}.ipfrag_max_dist`, c, 'ipfragMaxDist'),
    integer(`${ip}.route.min_pmtu`, c, 'routeMinPmtu', 68),
    integer(`${ip}.route.mtu_expires`, c, 'routeMtuExpires'),
    integer(`${ip}.route.gc_timeout`, c, 'routeGcTimeout'),
    ...neighbourEntries(`${ip}.neigh.default`, c.neigh4),
    integer('net.ipv6.conf.all.forwarding', c, 'ipv6Forward', 0, 1),
    integer('net.ipv6.conf.all.hop_limit', c, 'ipv6HopLimit', 1, 255),
    integer('net.ipv6.ip6frag_high_thresh', c, 'ip6fragHighThresh'),
    integer('net.ipv6.ip6frag_low_thresh', c, 'ip6fragLowThresh'),
    integer('net.ipv6.ip6frag_time', c, 'ip6fragTime'),
    integer('net.ipv6.icmp.ratelimit', c, 'icmp6Ratelimit'),
    integer('net.ipv6.icmp.echo_ignore_all', c, 'icmp6EchoIgnoreAll', 0, 1),
    integer('net.ipv6.icmp.echo_ignore_multicast', c, 'icmp6EchoIgnoreMulticast', 0, 1),
    integer('net.ipv6.route.mtu_expires', c, 'ipv6MtuExpires'),
    ...neighbourEntries('net.ipv6.neigh.default', c.neigh6),
  ]
}
