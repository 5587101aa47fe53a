/**
 * The sysctls of TCP as plain fields, under Linux's defaults. Times are in the unit of Linux's sysctl unless said;
 * `sysctls.ts` gives them their names.
 */
export class TcpConfig {
  // Opening
  synRetries = 6
  synLinearTimeouts = 4
  synackRetries = 5
  syncookies = 1
  maxSynBacklog = 512
  somaxconn = 4096
  abortOnOverflow = 0
  // Keeping and ending
  retries1 = 3
  retries2 = 15
  orphanRetries = 0
  maxOrphans = 16_384
  finTimeout = 60
  rfc1337 = 0
  twReuse = 2
  maxTwBuckets = 16_384
  keepaliveTime = 7200
  keepaliveIntvl = 75
  keepaliveProbes = 9
  // Options
  timestamps = 1
  sack = 1
  dsack = 1
  windowScaling = 1
  // Time-outs
  rtoMinUs = 200_000
  rtoMaxMs = 120_000
  /** RFC 6298's first RTO; Linux's TCP_TIMEOUT_INIT, no sysctl there. */
  rtoInitialUs = 1_000_000
  /** RFC 6298 5.7: RTO for data after a SYN time-out (Linux's TCP_TIMEOUT_FALLBACK). */
  rtoFallbackUs = 3_000_000
  // Memory
  rmemMin = 4096
  rmemDefault = 131_072
  rmemMax = 6_291_456
  wmemMin = 4096
  wmemDefault = 16_384
  wmemMax = 4_194_304
  moderateRcvbuf = 1
  coreRmemMax = 212_992
  coreWmemMax = 212_992
  notSentLowat = 0xffffffff
  // Behaviour
  slowStartAfterIdle = 1
  autocorking = 1
  initialWindow = 10
  minSndMss = 48
  invalidRatelimitMs = 500
  challengeAckLimit = 2_147_483_647
  congestion = 'cubic'
  reordering = 3
  /** RFC 5682: find out whether a time-out came too early. */
  frto = 2
}
