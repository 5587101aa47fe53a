import type { Packet } from './packet.ts'
import { type Reason, reasons } from './reason.ts'

/**
 * What one host tells about itself: counters by reason, MIB counters, and at most one observer of events.
 *
 * Counting costs an array increment. An event object exists only while somebody observes; observing changes no packet,
 * order or time.
 */
export interface HostEvent {
  readonly time: number
  readonly host: string
  readonly reason: Reason
  /** The packet concerned; valid during the call only. */
  readonly packet: Packet | null
  /** The socket, connection, link or rule concerned. */
  readonly subject: object | null
  readonly detail: string | null
}

/** SNMP and Linux counters, under the names that nstat(8) prints. */
export const mibNames = [
  'IpInReceives',
  'IpInHdrErrors',
  'IpInAddrErrors',
  'IpForwDatagrams',
  'IpInUnknownProtos',
  'IpInDiscards',
  'IpInDelivers',
  'IpOutRequests',
  'IpOutDiscards',
  'IpOutNoRoutes',
  'IpReasmTimeout',
  'IpReasmReqds',
  'IpReasmOKs',
  'IpReasmFails',
  'IpFragOKs',
  'IpFragFails',
  'IpFragCreates',
  'IpOutTransmits',
  'IpExtInMcastPkts',
  'IpExtOutMcastPkts',
  'IpExtInBcastPkts',
  'IpExtOutBcastPkts',
  'IpExtInOctets',
  'IpExtOutOctets',
  'IpExtInNoRoutes',
  'IpExtInTruncatedPkts',
  'IpExtInCsumErrors',
  'Ip6InReceives',
  'Ip6InHdrErrors',
  'Ip6InAddrErrors',
  'Ip6InDelivers',
  'Ip6OutRequests',
  'Ip6OutNoRoutes',
  'Ip6OutForwDatagrams',
  'Ip6InUnknownProtos',
  'Ip6InDiscards',
  'Ip6OutDiscards',
  'IcmpInMsgs',
  'IcmpInErrors',
  'IcmpInCsumErrors',
  'IcmpInDestUnreachs',
  'IcmpInTimeExcds',
  'IcmpInParmProbs',
  'IcmpInSrcQuenchs',
  'IcmpInRedirects',
  'IcmpInEchos',
  'IcmpInEchoReps',
  'IcmpInTimestamps',
  'IcmpInTimestampReps',
  'IcmpOutMsgs',
  'IcmpOutErrors',
  'IcmpOutRateLimitGlobal',
  'IcmpOutRateLimitHost',
  'IcmpOutDestUnreachs',
  'IcmpOutTimeExcds',
  'IcmpOutParmProbs',
  'IcmpOutRedirects',
  'IcmpOutEchos',
  'IcmpOutEchoReps',
  'IcmpOutTimestamps',
  'IcmpOutTimestampReps',
  'Icmp6InMsgs',
  'Icmp6InErrors',
  'Icmp6OutMsgs',
  'Icmp6InCsumErrors',
  'Icmp6InEchos',
  'Icmp6InEchoReplies',
  'Icmp6OutEchos',
  'Icmp6OutEchoReplies',
  'Icmp6InDestUnreachs',
  'Icmp6OutDestUnreachs',
  'TcpActiveOpens',
  'TcpPassiveOpens',
  'TcpAttemptFails',
  'TcpEstabResets',
  'TcpCurrEstab',
  'TcpInSegs',
  'TcpOutSegs',
  'TcpRetransSegs',
  'TcpInErrs',
  'TcpOutRsts',
  'TcpInCsumErrors',
  'UdpInDatagrams',
  'UdpNoPorts',
  'UdpInErrors',
  'UdpOutDatagrams',
  'UdpRcvbufErrors',
  'UdpSndbufErrors',
  'UdpInCsumErrors',
  'UdpIgnoredMulti',
  'UdpMemErrors',
  'Udp6InDatagrams',
  'Udp6NoPorts',
  'Udp6InErrors',
  'Udp6OutDatagrams',
  'Udp6RcvbufErrors',
  'Udp6InCsumErrors',
  'TcpExtSyncookiesSent',
  'TcpExtSyncookiesRecv',
  'TcpExtSyncookiesFailed',
  'TcpExtEmbryonicRsts',
  'TcpExtPruneCalled',
  'TcpExtRcvPruned',
  'TcpExtOfoPruned',
  'TcpExtOutOfWindowIcmps',
  'TcpExtLockDroppedIcmps',
  'TcpExtTW',
  'TcpExtTWRecycled',
  'TcpExtTWKilled',
  'TcpExtPAWSActive',
  'TcpExtPAWSEstab',
  'TcpExtDelayedACKs',
  'TcpExtDelayedACKLocked',
  'TcpExtDelayedACKLost',
  'TcpExtListenOverflows',
  'TcpExtListenDrops',
  'TcpExtTCPHPHits',
  'TcpExtTCPPureAcks',
  'TcpExtTCPHPAcks',
  'TcpExtTCPRenoRecovery',
  'TcpExtTCPSackRecovery',
  'TcpExtTCPSACKReneging',
  'TcpExtTCPSACKReorder',
  'TcpExtTCPFullUndo',
  'TcpExtTCPPartialUndo',
  'TcpExtTCPDSACKUndo',
  'TcpExtTCPLossUndo',
  'TcpExtTCPLostRetransmit',
  'TcpExtTCPRenoFailures',
  'TcpExtTCPSackFailures',
  'TcpExtTCPLossFailures',
  'TcpExtTCPFastRetrans',
  'TcpExtTCPSlowStartRetrans',
  'TcpExtTCPTimeouts',
  'TcpExtTCPLossProbes',
  'TcpExtTCPLossProbeRecovery',
  'TcpExtTCPRcvCollapsed',
  'TcpExtTCPBacklogCoalesce',
  'TcpExtTCPDSACKOldSent',
  'TcpExtTCPDSACKOfoSent',
  'TcpExtTCPDSACKRecv',
  'TcpExtTCPDSACKOfoRecv',
  'TcpExtTCPAbortOnData',
  'TcpExtTCPAbortOnClose',
  'TcpExtTCPAbortOnMemory',
  'TcpExtTCPAbortOnTimeout',
  'TcpExtTCPAbortOnLinger',
  'TcpExtTCPAbortFailed',
  'TcpExtTCPMemoryPressures',
  'TcpExtTCPSACKDiscard',
  'TcpExtTCPSpuriousRTOs',
  'TcpExtTCPSackShifted',
  'TcpExtTCPSackMerged',
  'TcpExtTCPReqQFullDoCookies',
  'TcpExtTCPReqQFullDrop',
  'TcpExtTCPRetransFail',
  'TcpExtTCPRcvCoalesce',
  'TcpExtTCPOFOQueue',
  'TcpExtTCPOFODrop',
  'TcpExtTCPOFOMerge',
  'TcpExtTCPChallengeACK',
  'TcpExtTCPSYNChallenge',
  'TcpExtTCPFastOpenActive',
  'TcpExtTCPFastOpenPassive',
  'TcpExtTCPSpuriousRtxHostQueues',
  'TcpExtTCPAutoCorking',
  'TcpExtTCPFromZeroWindowAdv',
  'TcpExtTCPToZeroWindowAdv',
  'TcpExtTCPWantZeroWindowAdv',
  'TcpExtTCPSynRetrans',
  'TcpExtTCPOrigDataSent',
  'TcpExtTCPHystartTrainDetect',
  'TcpExtTCPHystartDelayDetect',
  'TcpExtTCPACKSkippedSynRecv',
  'TcpExtTCPACKSkippedPAWS',
  'TcpExtTCPACKSkippedSeq',
  'TcpExtTCPACKSkippedFinWait2',
  'TcpExtTCPACKSkippedTimeWait',
  'TcpExtTCPACKSkippedChallenge',
  'TcpExtTCPWinProbe',
  'TcpExtTCPKeepAlive',
  'TcpExtTCPMTUPFail',
  'TcpExtTCPMTUPSuccess',
  'TcpExtTCPDelivered',
  'TcpExtTCPDeliveredCE',
  'TcpExtTCPAckCompressed',
  'TcpExtTCPZeroWindowDrop',
  'TcpExtTCPRcvQDrop',
  'TcpExtTCPTimeoutRehash',
  'TcpExtTCPUserTimeout',
] as const

export type MibName = (typeof mibNames)[number]

/** Indexes into `Telemetry.mib`, by name. */
export const Mib: Readonly<Record<MibName, number>> = Object.fromEntries(
  mibNames.map((name, i) => [name, i]),
) as Record<MibName, number>

export class Telemetry {
  readonly host: string
  /** Occurrences by reason code. */
  readonly counts: Float64Array = new Float64Array(reasons.length)
  /** MIB counters by `Mib` index. */
  readonly mib: Float64Array = new Float64Array(mibNames.length)
  observer: ((event: HostEvent) => void) | null = null
  readonly #clock: { readonly now: number }

  constructor(host: string, clock: { readonly now: number }) {
    this.host = host
    this.#clock = clock
  }

  /** Count a drop, tell the observer, free the packet. */
  drop(packet: Packet, reason: Reason, subject: object | null = null): void {
    this.note(reason, packet, subject)
    packet.free()
  }

  /** Count and tell; the packet, if any, stays the caller's. */
  note(
    reason: Reason,
    packet: Packet | null = null,
    subject: object | null = null,
    detail: string | null = null,
  ): void {
    this.counts[reason] = (this.counts[reason] as number) + 1
    if (this.observer !== null)
      this.observer({ time: this.#clock.now, host: this.host, reason, packet, subject, detail })
  }

  /** Add one to a MIB counter: `telemetry.count(Mib.TcpInSegs)`. */
  count(index: number, n = 1): void {
    this.mib[index] = (this.mib[index] as number) + n
  }
}
