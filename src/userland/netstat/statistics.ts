/** netstat -s: the host's counters in net-tools' phrases, in the order of /proc/net/snmp and /proc/net/netstat. */
import type { Process } from '../../host/index.ts'
import { mibNames } from '../../wire/telemetry.ts'
import type { Has } from './sockets.ts'

/** A phrase with `#` for the number. `!`: told even when it is zero. */
type Phrases = Readonly<Record<string, string>>

const IP: Phrases = {
  InReceives: '!# total packets received',
  InHdrErrors: '# with invalid headers',
  InAddrErrors: '# with invalid addresses',
  ForwDatagrams: '!# forwarded',
  InUnknownProtos: '# with unknown protocol',
  InDiscards: '!# incoming packets discarded',
  InDelivers: '!# incoming packets delivered',
  OutRequests: '!# requests sent out',
  OutDiscards: '# outgoing packets dropped',
  OutNoRoutes: '# dropped because of missing route',
  ReasmTimeout: '# fragments dropped after timeout',
  ReasmReqds: '# reassemblies required',
  ReasmOKs: '# packets reassembled ok',
  ReasmFails: '# packet reassemblies failed',
  FragOKs: '# outgoing packets fragmented ok',
  FragFails: '# outgoing packets failed fragmentation',
  FragCreates: '# fragments created',
}

const ICMP: Phrases = {
  InMsgs: '!# ICMP messages received',
  InErrors: '!# input ICMP message failed',
  OutMsgs: '!# ICMP messages sent',
  OutErrors: '!# ICMP messages failed',
}

const ICMP_IN: Phrases = {
  InDestUnreachs: 'destination unreachable: #',
  InTimeExcds: 'timeout in transit: #',
  InParmProbs: 'wrong parameters: #',
  InSrcQuenchs: 'source quenches: #',
  InRedirects: 'redirects: #',
  InEchos: 'echo requests: #',
  InEchoReps: 'echo replies: #',
  InTimestamps: 'timestamp request: #',
  InTimestampReps: 'timestamp reply: #',
}

const ICMP_OUT: Phrases = {
  OutDestUnreachs: 'destination unreachable: #',
  OutTimeExcds: 'time exceeded: #',
  OutParmProbs: 'wrong parameters: #',
  OutSrcQuenchs: 'source quench: #',
  OutRedirects: 'redirect: #',
  OutEchos: 'echo requests: #',
  OutEchoReps: 'echo replies: #',
  OutTimestamps: 'timestamp requests: #',
  OutTimestampReps: 'timestamp replies: #',
}

const TCP: Phrases = {
  ActiveOpens: '!# active connection openings',
  PassiveOpens: '!# passive connection openings',
  AttemptFails: '!# failed connection attempts',
  EstabResets: '!# connection resets received',
  CurrEstab: '!# connections established',
  InSegs: '!# segments received',
  OutSegs: '!# segments sent out',
  RetransSegs: '!# segments retransmitted',
  InErrs: '!# bad segments received',
  OutRsts: '!# resets sent',
}

const UDP: Phrases = {
  InDatagrams: '!# packets received',
  NoPorts: '!# packets to unknown port received',
  InErrors: '!# packet receive errors',
  OutDatagrams: '!# packets sent',
  RcvbufErrors: '!# receive buffer errors',
  SndbufErrors: '!# send buffer errors',
}

const TCP_EXT: Phrases = {
  SyncookiesSent: '# SYN cookies sent',
  SyncookiesRecv: '# SYN cookies received',
  SyncookiesFailed: '# invalid SYN cookies received',
  EmbryonicRsts: '# resets received for embryonic SYN_RECV sockets',
  PruneCalled: '# packets pruned from receive queue because of socket buffer overrun',
  RcvPruned: '# packets pruned from receive queue',
  OfoPruned: '# packets dropped from out-of-order queue because of socket buffer overrun',
  OutOfWindowIcmps: '# ICMP packets dropped because they were out-of-window',
  TW: '# TCP sockets finished time wait in fast timer',
  TWRecycled: '# time wait sockets recycled by time stamp',
  PAWSActive: '# active connection rejected because of time stamp',
  PAWSEstab: '# packets rejected in established connections because of timestamp',
  DelayedACKs: '# delayed acks sent',
  DelayedACKLost: 'Quick ack mode was activated # times',
  ListenOverflows: '# times the listen queue of a socket overflowed',
  ListenDrops: '# SYNs to LISTEN sockets dropped',
  TCPHPHits: '!# packet headers predicted',
  TCPPureAcks: '# acknowledgments not containing data payload received',
  TCPHPAcks: '# predicted acknowledgments',
  TCPRenoRecovery: '# times recovered from packet loss due to fast retransmit',
  TCPSackRecovery: '# times recovered from packet loss by selective acknowledgements',
  TCPSACKReneging: '# bad SACK blocks received',
  TCPSACKReorder: 'Detected reordering # times using SACK',
  TCPRenoReorder: 'Detected reordering # times using reno fast retransmit',
  TCPTSReorder: 'Detected reordering # times using time stamp',
  TCPFullUndo: '# congestion windows fully recovered without slow start',
  TCPPartialUndo: '# congestion windows partially recovered using Hoe heuristic',
  TCPDSACKUndo: '# congestion windows recovered without slow start by DSACK',
  TCPLossUndo: '# congestion windows recovered without slow start after partial ack',
  TCPSackFailures: '# timeouts after SACK recovery',
  TCPLossFailures: '# timeouts in loss state',
  TCPFastRetrans: '# fast retransmits',
  TCPSlowStartRetrans: '# retransmits in slow start',
  TCPTimeouts: '# other TCP timeouts',
  TCPDSACKOldSent: '# DSACKs sent for old packets',
  TCPDSACKOfoSent: '# DSACKs sent for out of order packets',
  TCPDSACKRecv: '# DSACKs received',
  TCPDSACKOfoRecv: '# DSACKs for out of order packets received',
  TCPAbortOnData: '# connections reset due to unexpected data',
  TCPAbortOnClose: '# connections reset due to early user close',
  TCPAbortOnMemory: '# connections aborted due to memory pressure',
  TCPAbortOnTimeout: '# connections aborted due to timeout',
  TCPAbortOnLinger: '# connections aborted after user close in linger timeout',
}

/** The counters of a group, by their names in it; longer group names are taken off first. */
const GROUPS = ['IpExt', 'TcpExt', 'Icmp6', 'Ip6', 'Udp6', 'UdpLite', 'Icmp', 'Tcp', 'Udp', 'Ip'] as const
type Group = (typeof GROUPS)[number]

const grouped = (proc: Process): ReadonlyMap<Group, readonly (readonly [name: string, value: number])[]> => {
  const { mib } = proc.host.ctx.telemetry
  const groups = new Map<Group, [string, number][]>(GROUPS.map((group) => [group, []]))
  for (const [i, full] of mibNames.entries()) {
    const group = GROUPS.find((one) => full.startsWith(one))
    if (group !== undefined) groups.get(group)?.push([full.slice(group.length), mib[i] ?? 0])
  }
  return groups
}

/** The lines of counters; those without a phrase are told by their names. */
const told = (counters: readonly (readonly [string, number])[], phrases: Phrases, indent = '    '): string =>
  counters
    .map(([name, value]) => {
      const phrase = phrases[name] ?? `${name}: #`
      if (value === 0 && !phrase.startsWith('!')) return ''
      return `${indent}${phrase.replace('!', '').replace('#', String(value))}\n`
    })
    .join('')

const icmp = (counters: readonly (readonly [string, number])[]): string => {
  const of = (phrases: Phrases) => counters.filter(([name]) => phrases[name] !== undefined)
  const general = of(ICMP)
  const direction = (prefix: 'In' | 'Out', phrases: Phrases): string => {
    const mine = general.filter(([name]) => name.startsWith(prefix))
    const title = `    ICMP ${prefix === 'In' ? 'input' : 'output'} histogram:\n`
    return `${told(mine, ICMP)}${title}${told(of(phrases), phrases, '        ')}`
  }
  return direction('In', ICMP_IN) + direction('Out', ICMP_OUT)
}

/** `-t`, `-u`, `-w` choose; without any of them all is told. */
export const statistics = (proc: Process, has: Has): string => {
  const groups = grouped(proc)
  const of = (group: Group) => groups.get(group) ?? []
  const all = !has('t') && !has('u') && !has('w')
  const forwards = proc.host.sysctl.get('net.ipv4.ip_forward') === '1' ? 1 : 2
  return [
    all || has('w') ? `Ip:\n    Forwarding: ${forwards}\n${told(of('Ip'), IP)}Icmp:\n${icmp(of('Icmp'))}` : '',
    all || has('t') ? `Tcp:\n${told(of('Tcp'), TCP)}` : '',
    all || has('u') ? `Udp:\n${told(of('Udp'), UDP)}` : '',
    'UdpLite:\n',
    all || has('t') ? `TcpExt:\n${told(of('TcpExt'), TCP_EXT)}` : '',
    `IpExt:\n${told(of('IpExt'), {})}`,
  ].join('')
}
