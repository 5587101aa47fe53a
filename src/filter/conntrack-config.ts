/** net.netfilter.nf_conntrack_*: bounds and times of connection tracking, seconds. */
import { EACCES, EINVAL } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

export class ConntrackConfig {
  max = 65_536
  /** Connections under way are taken up at an ACK. */
  tcpLoose = 1
  genericTimeout = 600
  icmpTimeout = 30
  icmpv6Timeout = 30
  udpTimeout = 30
  udpTimeoutStream = 120
  /** By `TcpTrack`: no time for NONE. */
  readonly tcp: number[] = [0, 120, 60, 432_000, 120, 60, 30, 120, 10, 120]
}

const TCP_NAMES = [
  '',
  'syn_sent',
  'syn_recv',
  'established',
  'fin_wait',
  'close_wait',
  'last_ack',
  'time_wait',
  'close',
  'syn_sent2',
]

const PREFIX = 'net.netfilter.nf_conntrack_'

const entry = (
  name: string,
  get: () => number,
  set: ((value: number) => void) | null,
  most = 2_147_483_647,
): SysctlEntry => ({
  name: PREFIX + name,
  get: () => String(get()),
  set: (text) => {
    if (set === null) return -EACCES
    if (!/^\s*\d{1,10}\s*$/.test(text) || Number(text) > most) return -EINVAL
    set(Number(text))
    return 0
  },
})

/** @param count - connections remembered at present; @param buckets - of the table */
export const conntrackSysctls = (c: ConntrackConfig, count: () => number, buckets: number): SysctlEntry[] => [
  entry('buckets', () => buckets, null),
  entry('count', count, null),
  entry(
    'generic_timeout',
    () => c.genericTimeout,
    (value) => (c.genericTimeout = value),
  ),
  entry(
    'icmp_timeout',
    () => c.icmpTimeout,
    (value) => (c.icmpTimeout = value),
  ),
  entry(
    'icmpv6_timeout',
    () => c.icmpv6Timeout,
    (value) => (c.icmpv6Timeout = value),
  ),
  entry(
    'max',
    () => c.max,
    (value) => (c.max = value),
  ),
  entry(
    'tcp_loose',
    () => c.tcpLoose,
    (value) => (c.tcpLoose = value),
    1,
  ),
  // Linux keeps the second SYN's time with the first's.
  ...TCP_NAMES.flatMap((name, state) =>
    name === '' || name === 'syn_sent2'
      ? []
      : [
          entry(
            `tcp_timeout_${name}`,
            () => c.tcp[state] as number,
            (value) => {
              c.tcp[state] = value
            },
          ),
        ],
  ),
  entry(
    'udp_timeout',
    () => c.udpTimeout,
    (value) => (c.udpTimeout = value),
  ),
  entry(
    'udp_timeout_stream',
    () => c.udpTimeoutStream,
    (value) => (c.udpTimeoutStream = value),
  ),
]
