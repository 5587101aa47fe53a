/** TCP's settings under Linux's names. */
import { EINVAL, ENOENT } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import type { TcpConfig } from './config.ts'
import { algorithms } from './congestion/index.ts'
import type { Tcp } from './tcp.ts'

type NumberField = { [K in keyof TcpConfig]: TcpConfig[K] extends number ? K : never }[keyof TcpConfig]

const parse = (text: string): number => (/^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN)

const number = (config: TcpConfig, name: string, field: NumberField, low: number, high: number): SysctlEntry => ({
  name,
  get: () => String(config[field]),
  set: (text) => {
    const value = parse(text)
    if (!(value >= low && value <= high)) return -EINVAL
    config[field] = value
    return 0
  },
})

const triple = (
  config: TcpConfig,
  name: string,
  fields: readonly [NumberField, NumberField, NumberField],
): SysctlEntry => ({
  name,
  get: () => fields.map((field) => config[field]).join('\t'),
  set: (text) => {
    const values = text.trim().split(/\s+/).map(parse)
    if (values.length > 3 || values.some((value) => !(value >= 1))) return -EINVAL
    for (const [i, value] of values.entries()) config[fields[i] as NumberField] = value
    return 0
  },
})

const MAX = 2_147_483_647

export const tcpSysctls = (tcp: Tcp): SysctlEntry[] => {
  const { config } = tcp
  const tcp4 = (name: string, field: NumberField, low: number, high: number): SysctlEntry =>
    number(config, `net.ipv4.tcp_${name}`, field, low, high)
  return [
    tcp4('abort_on_overflow', 'abortOnOverflow', 0, 1),
    tcp4('challenge_ack_limit', 'challengeAckLimit', 1, MAX),
    tcp4('dsack', 'dsack', 0, 1),
    tcp4('fin_timeout', 'finTimeout', 1, MAX),
    tcp4('frto', 'frto', 0, 255),
    tcp4('invalid_ratelimit', 'invalidRatelimitMs', 0, MAX),
    tcp4('keepalive_intvl', 'keepaliveIntvl', 1, 32_767),
    tcp4('keepalive_probes', 'keepaliveProbes', 1, 127),
    tcp4('keepalive_time', 'keepaliveTime', 1, 32_767),
    tcp4('max_orphans', 'maxOrphans', 0, MAX),
    tcp4('max_syn_backlog', 'maxSynBacklog', 1, MAX),
    tcp4('max_tw_buckets', 'maxTwBuckets', 0, MAX),
    tcp4('min_snd_mss', 'minSndMss', 48, 32_767),
    tcp4('moderate_rcvbuf', 'moderateRcvbuf', 0, 1),
    tcp4('notsent_lowat', 'notSentLowat', 0, 0xffffffff),
    tcp4('orphan_retries', 'orphanRetries', 0, 255),
    tcp4('reordering', 'reordering', 1, 127),
    tcp4('retries1', 'retries1', 0, 255),
    tcp4('retries2', 'retries2', 8, 255),
    tcp4('rfc1337', 'rfc1337', 0, 1),
    triple(config, 'net.ipv4.tcp_rmem', ['rmemMin', 'rmemDefault', 'rmemMax']),
    tcp4('rto_max_ms', 'rtoMaxMs', 1000, 120_000),
    tcp4('rto_min_us', 'rtoMinUs', 1, MAX),
    tcp4('sack', 'sack', 0, 1),
    tcp4('slow_start_after_idle', 'slowStartAfterIdle', 0, 1),
    tcp4('autocorking', 'autocorking', 0, 1),
    tcp4('syn_linear_timeouts', 'synLinearTimeouts', 0, 127),
    tcp4('syncookies', 'syncookies', 0, 2),
    tcp4('syn_retries', 'synRetries', 1, 127),
    tcp4('synack_retries', 'synackRetries', 0, 255),
    tcp4('timestamps', 'timestamps', 0, 2),
    tcp4('tw_reuse', 'twReuse', 0, 2),
    tcp4('window_scaling', 'windowScaling', 0, 1),
    triple(config, 'net.ipv4.tcp_wmem', ['wmemMin', 'wmemDefault', 'wmemMax']),
    number(config, 'net.core.somaxconn', 'somaxconn', 0, MAX),
    number(config, 'net.core.rmem_max', 'coreRmemMax', 2304, MAX),
    number(config, 'net.core.wmem_max', 'coreWmemMax', 4608, MAX),
    {
      name: 'net.ipv4.tcp_congestion_control',
      get: () => config.congestion,
      set: (text) => (tcp.setDefaultCongestion(text.trim()) ? 0 : -ENOENT),
    },
    {
      name: 'net.ipv4.tcp_available_congestion_control',
      get: () => algorithms.map((algorithm) => algorithm.name).join(' '),
      set: () => -EINVAL,
    },
  ]
}
