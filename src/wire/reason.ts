/**
 * Why things happen: a closed set of reasons, each with the clause that demands it.
 *
 * Every drop, reset, retransmission and state change carries one. Counters, `tcpdump`, `nstat`, the lab and the tests read the same set.
 * Codes are indexes into `reasons`; add at the end of a group, never reuse.
 */
export type ReasonKind = 'drop' | 'reset' | 'retransmit' | 'state' | 'stall' | 'note'

export interface ReasonInfo {
  readonly name: string
  readonly kind: ReasonKind
  /** RFC clause, or Linux source of the rule. */
  readonly clause: string
  readonly text: string
}

const define = (name: string, kind: ReasonKind, clause: string, text: string): ReasonInfo => ({
  name,
  kind,
  clause,
  text,
})

const list = {
  // wire
  FrameTooShort: define('frame_too_short', 'drop', 'IEEE 802.3', 'frame shorter than its header'),
  UnknownEtherType: define('unknown_ethertype', 'drop', 'RFC 1122 2.3.3', 'no protocol for this EtherType'),
  ArpMalformed: define(
    'arp_malformed',
    'drop',
    'RFC 826',
    'ARP hardware type, protocol type or lengths are not Ethernet and IPv4',
  ),
  IpHeaderError: define('ip_header_error', 'drop', 'RFC 791 3.1', 'IP version, header length or total length is wrong'),
  IpChecksum: define('ip_checksum', 'drop', 'RFC 1122 3.2.1.2', 'IPv4 header checksum does not match'),
  IpTruncated: define('ip_truncated', 'drop', 'RFC 791 3.1', 'IP length exceeds what arrived'),
  IpOptionError: define('ip_option_error', 'drop', 'RFC 791 3.1', 'an IP option does not fit its header'),
  TcpHeaderError: define('tcp_header_error', 'drop', 'RFC 9293 3.1', 'TCP data offset below 5 or beyond the segment'),
  TcpChecksum: define('tcp_checksum', 'drop', 'RFC 9293 3.1 (MUST-3)', 'TCP checksum does not match'),
  TcpOptionError: define('tcp_option_error', 'drop', 'RFC 9293 3.1 (MUST-7)', 'a TCP option has an illegal length'),
  UdpHeaderError: define('udp_header_error', 'drop', 'RFC 768', 'UDP length below 8 or beyond the datagram'),
  UdpChecksum: define('udp_checksum', 'drop', 'RFC 1122 4.1.3.4', 'UDP checksum does not match'),
  IcmpHeaderError: define('icmp_header_error', 'drop', 'RFC 792', 'ICMP message shorter than its header'),
  IcmpChecksum: define('icmp_checksum', 'drop', 'RFC 792', 'ICMP checksum does not match'),
  // link
  LinkDown: define('link_down', 'drop', 'RFC 1122 2', 'interface or link is down'),
  NoCarrier: define('no_carrier', 'drop', 'RFC 1122 2', 'nothing is attached to the interface'),
  QueueFull: define('queue_full', 'drop', 'netdevice(7) txqueuelen', 'transmit queue is full'),
  OversizedFrame: define('oversized_frame', 'drop', 'IEEE 802.3', 'frame exceeds the MTU of the link'),
  NotForUs: define('not_for_us', 'drop', 'IEEE 802.3', 'link address is another host'),
  ImpairLoss: define('impair_loss', 'drop', 'impairment: loss', 'dropped by the link impairment'),
  ImpairRate: define('impair_rate', 'drop', 'impairment: rate', 'the queue of the rate limit is full'),
  Partitioned: define('partitioned', 'drop', 'fault: partition', 'the hosts are partitioned'),
  ImpairDuplicate: define('impair_duplicate', 'note', 'impairment: duplicate', 'duplicated by the link impairment'),
  ImpairReorder: define(
    'impair_reorder',
    'note',
    'impairment: reorder',
    'delivered out of order by the link impairment',
  ),
  ImpairCorrupt: define('impair_corrupt', 'note', 'impairment: corrupt', 'one bit flipped by the link impairment'),
  SwitchFiltered: define('switch_filtered', 'drop', 'IEEE 802.1D', 'destination is on the port the frame came from'),
  // arp and neighbours
  NeighbourFailed: define('neighbour_failed', 'drop', 'RFC 1122 2.3.2.1', 'no answer to ARP requests'),
  NeighbourQueueFull: define(
    'neighbour_queue_full',
    'drop',
    'RFC 1122 2.3.2.2',
    'too many packets wait for this neighbour',
  ),
  ArpNotForUs: define('arp_not_for_us', 'drop', 'RFC 826', 'ARP for an address that is not ours'),
  // ip
  IpNotForUs: define(
    'ip_not_for_us',
    'drop',
    'RFC 1122 3.2.1.3',
    'destination is not an address of this host and forwarding is off',
  ),
  IpMartianSource: define('ip_martian_source', 'drop', 'RFC 1122 3.2.1.3', 'source address cannot be a single host'),
  IpMartianDestination: define(
    'ip_martian_destination',
    'drop',
    'RFC 1122 3.2.1.3',
    'destination address must not appear on a link',
  ),
  IpNoRoute: define('ip_no_route', 'drop', 'RFC 1812 5.2.7.1', 'no route to the destination'),
  IpTtlExceeded: define('ip_ttl_exceeded', 'drop', 'RFC 791 3.1', 'TTL or hop limit reached zero'),
  IpFragmentationNeeded: define(
    'ip_fragmentation_needed',
    'drop',
    'RFC 1191 4',
    'larger than the next link and DF is set',
  ),
  IpSourceRoute: define('ip_source_route', 'drop', 'RFC 1122 3.3.5', 'source-routed forwarding is off'),
  IpUnknownProtocol: define('ip_unknown_protocol', 'drop', 'RFC 1122 3.2.2.1', 'no protocol of this number'),
  IpReassemblyTimeout: define(
    'ip_reassembly_timeout',
    'drop',
    'RFC 1122 3.3.2',
    'fragments missing when the timer ran out',
  ),
  IpReassemblyOverlap: define('ip_reassembly_overlap', 'drop', 'RFC 5722 4', 'fragments overlap'),
  IpReassemblyOverflow: define(
    'ip_reassembly_overflow',
    'drop',
    'RFC 791 3.2',
    'reassembled datagram would exceed 65,535 octets',
  ),
  IpReassemblyMemory: define(
    'ip_reassembly_memory',
    'drop',
    'sysctl net.ipv4.ipfrag_high_thresh',
    'too much memory held by fragments',
  ),
  IpFragmentError: define('ip_fragment_error', 'drop', 'RFC 791 3.2', 'fragment length is not a multiple of 8'),
  IpTinyFragment: define(
    'ip_tiny_fragment',
    'drop',
    'RFC 3128 3',
    'first TCP fragment without its header, or offset 1',
  ),
  IpReassemblyDuplicate: define('ip_reassembly_duplicate', 'drop', 'RFC 8200 4.5', 'the fragment is there already'),
  IpReversePath: define('ip_reverse_path', 'drop', 'RFC 3704 2, sysctl rp_filter', 'the way back would be another one'),
  IpProhibited: define('ip_prohibited', 'drop', 'ip-route(8)', 'a blackhole, unreachable or prohibit route'),
  IpNotForwardable: define(
    'ip_not_forwardable',
    'drop',
    'RFC 1812 5.3.4, RFC 4291 2.5.6',
    'broadcast, multicast or link-local: stays on its link',
  ),
  NeighbourTableFull: define('neighbour_table_full', 'drop', 'sysctl neigh.default.gc_thresh3', 'too many neighbours'),
  IcmpRedirect: define('icmp_redirect', 'note', 'RFC 1122 3.2.2.2', 'a Redirect changed the first hop'),
  IcmpRedirectRefused: define('icmp_redirect_refused', 'drop', 'RFC 1122 3.2.2.2', 'a Redirect that is not believed'),
  IpLinkBroadcast: define('ip_link_broadcast', 'drop', 'RFC 1122 3.3.6', 'unicast datagram in a link broadcast'),
  IcmpUnknownType: define('icmp_unknown_type', 'drop', 'RFC 1122 3.2.2', 'ICMP type is unknown'),
  IcmpBroadcastEcho: define(
    'icmp_broadcast_echo',
    'drop',
    'sysctl net.ipv4.icmp_echo_ignore_broadcasts',
    'echo request to broadcast or multicast',
  ),
  IcmpRateLimited: define(
    'icmp_rate_limited',
    'drop',
    'sysctl net.ipv4.icmp_ratelimit',
    'ICMP error suppressed by the rate limit',
  ),
  IcmpNoMatch: define('icmp_no_match', 'drop', 'RFC 5927 4.1', 'quoted packet is none of ours'),
  IcmpSourceQuench: define('icmp_source_quench', 'drop', 'RFC 6633', 'Source Quench is ignored'),
  IcmpEcho: define('icmp_echo', 'note', 'RFC 1122 3.2.2.6', 'echo request answered'),
  PathMtuReduced: define('path_mtu_reduced', 'note', 'RFC 1191 3', 'path MTU lowered by an ICMP message'),
  // filter
  FilterDrop: define('filter_drop', 'drop', 'nft(8) drop', 'dropped by a firewall rule'),
  FilterReject: define('filter_reject', 'drop', 'nft(8) reject', 'rejected by a firewall rule'),
  FilterPolicy: define('filter_policy', 'drop', 'nft(8) policy', 'dropped by the chain policy'),
  ConntrackFull: define('conntrack_full', 'drop', 'nf_conntrack_max', 'no room for another connection to be tracked'),
  // udp
  UdpNoSocket: define('udp_no_socket', 'drop', 'RFC 1122 4.1.3.1', 'no socket is bound to this port'),
  UdpBufferFull: define('udp_buffer_full', 'drop', 'udp(7) rmem', 'receive buffer is full'),
  UdpBadSource: define('udp_bad_source', 'drop', 'RFC 1122 4.1.3.6', 'source address is not a single host'),
  // tcp: drops
  TcpNoSocket: define('tcp_no_socket', 'drop', 'RFC 9293 3.10.7.1', 'no connection and no listener: answered with RST'),
  TcpRstToClosed: define('tcp_rst_to_closed', 'drop', 'RFC 9293 3.10.7.1', 'RST to a closed port'),
  TcpBadAddress: define(
    'tcp_bad_address',
    'drop',
    'RFC 9293 3.9.2.3 (MUST-57, MUST-63)',
    'broadcast, multicast or invalid address',
  ),
  TcpListenRst: define('tcp_listen_rst', 'drop', 'RFC 9293 3.10.7.2', 'RST in LISTEN'),
  TcpListenNoSyn: define('tcp_listen_no_syn', 'drop', 'RFC 9293 3.10.7.2', 'no SYN in LISTEN'),
  TcpAcceptQueueFull: define('tcp_accept_queue_full', 'drop', 'listen(2)', 'accept queue is full'),
  TcpSynQueueFull: define('tcp_syn_queue_full', 'drop', 'sysctl net.ipv4.tcp_max_syn_backlog', 'SYN queue is full'),
  TcpSynSentNoFlags: define('tcp_syn_sent_no_flags', 'drop', 'RFC 9293 3.10.7.3', 'neither SYN nor RST in SYN-SENT'),
  TcpSynSentRst: define('tcp_syn_sent_rst', 'drop', 'RFC 9293 3.10.7.3', 'RST without an acceptable ACK in SYN-SENT'),
  TcpOutOfWindow: define(
    'tcp_out_of_window',
    'drop',
    'RFC 9293 3.10.7.4, first check',
    'sequence number outside the receive window',
  ),
  TcpOldDuplicate: define(
    'tcp_old_duplicate',
    'drop',
    'RFC 9293 3.10.7.4, first check',
    'everything in it was received before',
  ),
  TcpPaws: define('tcp_paws', 'drop', 'RFC 7323 5.3', 'timestamp older than the last one'),
  TcpNoTimestamp: define('tcp_no_timestamp', 'drop', 'RFC 7323 3.2', 'no timestamp though negotiated'),
  TcpRstOutOfWindow: define('tcp_rst_out_of_window', 'drop', 'RFC 5961 3.2', 'RST outside the window'),
  TcpRstChallenged: define(
    'tcp_rst_challenged',
    'drop',
    'RFC 5961 3.2',
    'RST in the window but not at its edge: challenge ACK',
  ),
  TcpSynChallenged: define('tcp_syn_challenged', 'drop', 'RFC 5961 4.2', 'SYN in a synchronized state: challenge ACK'),
  TcpNoAck: define('tcp_no_ack', 'drop', 'RFC 9293 3.10.7.4, fifth check', 'segment without ACK'),
  TcpAckUnsent: define('tcp_ack_unsent', 'drop', 'RFC 9293 3.10.7.4, fifth check', 'acknowledges what was never sent'),
  TcpAckTooOld: define('tcp_ack_too_old', 'drop', 'RFC 5961 5.2', 'acknowledges far too old data'),
  TcpBadAckInHandshake: define(
    'tcp_bad_ack_in_handshake',
    'drop',
    'RFC 9293 3.5.2',
    'unacceptable ACK in an unsynchronized state',
  ),
  TcpReceiveClosed: define('tcp_receive_closed', 'drop', 'RFC 9293 3.10.7.4, seventh check', 'data after FIN'),
  TcpReceiveBufferFull: define('tcp_receive_buffer_full', 'drop', 'sysctl net.ipv4.tcp_rmem', 'receive buffer is full'),
  TcpOutOfOrderFull: define(
    'tcp_out_of_order_full',
    'drop',
    'sysctl net.ipv4.tcp_rmem',
    'no room for out-of-order data',
  ),
  TcpTimeWaitDrop: define('tcp_time_wait_drop', 'drop', 'RFC 6191 2', 'segment for a connection in TIME-WAIT'),
  TcpTimeWaitRst: define('tcp_time_wait_rst', 'drop', 'RFC 1337 3', 'RST in TIME-WAIT is ignored'),
  TcpChallengeLimited: define('tcp_challenge_limited', 'drop', 'RFC 5961 7', 'challenge ACK suppressed by the limit'),
  TcpAcceptDeferred: define(
    'tcp_accept_deferred',
    'drop',
    'tcp(7) TCP_DEFER_ACCEPT',
    'last ACK of a handshake whose listener waits for data',
  ),
  TcpSynCookie: define('tcp_syn_cookie', 'drop', 'RFC 4987 3.6', 'SYN answered with a cookie and not remembered'),
  // tcp: resets sent
  TcpResetNoSocket: define('tcp_reset_no_socket', 'reset', 'RFC 9293 3.10.7.1', 'RST: port is closed'),
  TcpResetBadAck: define(
    'tcp_reset_bad_ack',
    'reset',
    'RFC 9293 3.5.2',
    'RST: unacceptable ACK before the connection was synchronized',
  ),
  TcpResetListenAck: define('tcp_reset_listen_ack', 'reset', 'RFC 9293 3.10.7.2', 'RST: ACK in LISTEN'),
  TcpResetAbort: define('tcp_reset_abort', 'reset', 'RFC 9293 3.10.5', 'RST: aborted by the application'),
  TcpResetUnreadData: define(
    'tcp_reset_unread_data',
    'reset',
    'RFC 9293 3.6.1 (SHLD-3)',
    'RST: closed with unread data',
  ),
  TcpResetDataAfterClose: define(
    'tcp_reset_data_after_close',
    'reset',
    'RFC 9293 3.6.1 (SHLD-3)',
    'RST: data for a closed socket',
  ),
  TcpResetListenerClosed: define(
    'tcp_reset_listener_closed',
    'reset',
    'accept(2), Linux',
    'RST: listener closed before accept',
  ),
  TcpResetAcceptOverflow: define(
    'tcp_reset_accept_overflow',
    'reset',
    'sysctl net.ipv4.tcp_abort_on_overflow',
    'RST: accept queue is full',
  ),
  TcpResetLinger2: define(
    'tcp_reset_linger2',
    'reset',
    'sysctl net.ipv4.tcp_fin_timeout',
    'RST: orphan in FIN-WAIT-2 got data',
  ),
  // tcp: retransmissions
  TcpRetransmitTimeout: define('tcp_retransmit_timeout', 'retransmit', 'RFC 6298 5.4', 'retransmission timer ran out'),
  TcpRetransmitSyn: define('tcp_retransmit_syn', 'retransmit', 'RFC 9293 3.8.3', 'SYN was not answered'),
  TcpRetransmitSynAck: define('tcp_retransmit_syn_ack', 'retransmit', 'RFC 9293 3.8.3', 'SYN,ACK was not acknowledged'),
  TcpFastRetransmit: define(
    'tcp_fast_retransmit',
    'retransmit',
    'RFC 5681 3.2, RFC 6675',
    'judged lost by duplicate ACKs or SACK',
  ),
  TcpPartialAck: define('tcp_partial_ack', 'retransmit', 'RFC 6582 3.2', 'partial acknowledgment in recovery'),
  TcpZeroWindowProbe: define('tcp_zero_window_probe', 'retransmit', 'RFC 9293 3.8.6.1', 'probe of a zero window'),
  TcpKeepAliveProbe: define('tcp_keep_alive_probe', 'retransmit', 'RFC 9293 3.8.4', 'keep-alive probe'),
  TcpMtuResend: define('tcp_mtu_resend', 'retransmit', 'RFC 1191 6.4', 'path MTU became smaller'),
  // tcp: ends of connections
  TcpEndReset: define('tcp_end_reset', 'state', 'RFC 9293 3.10.7.4, second check', 'peer reset the connection'),
  TcpEndRefused: define('tcp_end_refused', 'state', 'RFC 9293 3.10.7.3', 'peer refused the connection'),
  TcpEndTimeout: define('tcp_end_timeout', 'state', 'RFC 9293 3.8.3', 'peer did not answer in time'),
  TcpEndKeepAlive: define('tcp_end_keep_alive', 'state', 'RFC 9293 3.8.4', 'keep-alive probes went unanswered'),
  TcpEndUserTimeout: define('tcp_end_user_timeout', 'state', 'RFC 9293 3.10.8', 'user timeout'),
  TcpEndIcmp: define('tcp_end_icmp', 'state', 'RFC 9293 3.9.2.2', 'ICMP error'),
  TcpEndFinWait2: define(
    'tcp_end_fin_wait_2',
    'state',
    'sysctl net.ipv4.tcp_fin_timeout',
    'orphan stayed too long in FIN-WAIT-2',
  ),
  TcpEndTimeWait: define('tcp_end_time_wait', 'state', 'RFC 9293 3.10.8', 'TIME-WAIT is over'),
  TcpEndLastAck: define(
    'tcp_end_last_ack',
    'state',
    'RFC 9293 3.10.7.4, fifth check',
    'FIN was acknowledged in LAST-ACK',
  ),
  TcpTimeWaitReused: define('tcp_time_wait_reused', 'state', 'RFC 6191 2', 'new SYN takes over TIME-WAIT'),
  TcpUserCall: define('tcp_user_call', 'state', 'RFC 9293 3.9.1', 'call of the application'),
  TcpSegment: define('tcp_segment', 'state', 'RFC 9293 3.10.7', 'a segment arrived'),
  TcpOrphanLimit: define('tcp_orphan_limit', 'state', 'sysctl net.ipv4.tcp_max_orphans', 'too many orphans'),
  // tcp: stalls
  TcpZeroWindow: define('tcp_zero_window', 'stall', 'RFC 9293 3.8.6.1', 'peer announced a zero window'),
  TcpNagle: define('tcp_nagle', 'stall', 'RFC 9293 3.7.4', 'short segment held by the Nagle algorithm'),
  TcpCorked: define('tcp_corked', 'stall', 'tcp(7) TCP_CORK', 'short segment held by TCP_CORK or MSG_MORE'),
  // unix
  UnixNoSocket: define('unix_no_socket', 'drop', 'unix(7)', 'no socket at this path'),
} as const satisfies Record<string, ReasonInfo>

export type ReasonName = keyof typeof list
/** A reason's code: its index in `reasons`. */
export type Reason = number

export const reasons: readonly ReasonInfo[] = Object.values(list)

/** `Reason.TcpChecksum` and so on: codes by name. */
export const Reason: Readonly<Record<ReasonName, Reason>> = Object.fromEntries(
  Object.keys(list).map((name, code) => [name, code]),
) as Record<ReasonName, Reason>
