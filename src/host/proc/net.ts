/** /proc/net: the tables of sockets and interfaces in the kernel's own format. */

import type { NetworkInterface } from '../../link/interface.ts'
import { AF_INET, type AF_INET6 } from '../../socket/constants.ts'
import type { RowEnd, SocketRow } from '../../socket/row.ts'
import { type TcpInfo, TcpState } from '../../tcp/types.ts'

const hex = (n: number, width: number): string => (n >>> 0).toString(16).toUpperCase().padStart(width, '0')

/** The kernel prints addresses as words of its own byte order. */
export const swapped = (word: number): string =>
  hex(((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24), 8)

const endOf = (end: RowEnd, family: number): string => {
  const { address, port } = end
  if (family === AF_INET) return `${swapped(address?.w3 ?? 0)}:${hex(port, 4)}`
  const at = address?.mapped()
  return `${[at?.w0, at?.w1, at?.w2, at?.w3].map((word) => swapped(word ?? 0)).join('')}:${hex(port, 4)}`
}

const TIMERS = { off: 0, on: 1, keepalive: 2, timewait: 3, persist: 4 } as const
/** Kernel pointers are hidden from everybody (kptr_restrict). */
const POINTER = '0'.repeat(16)
/** USER_HZ. */
const TICK = 10_000_000

const timerOf = ({ timer }: SocketRow, retransmits: number): string => {
  if (timer === null) return '00:00000000 00000000'
  return `${hex(TIMERS[timer.kind], 2)}:${hex(Math.round(timer.left / TICK), 8)} ${hex(retransmits, 8)}`
}

/** What the tables of all protocols begin with. `timeout`: probes without an answer. */
const line = (row: SocketRow, index: string, retransmits: number, timeout: number): string => {
  const { family, local, remote, state, uid, inode } = row
  const tx = state === TcpState.LISTEN ? 0 : row.sendQ
  return [
    `${index}:`,
    endOf(local, family),
    endOf(remote, family),
    hex(state, 2),
    `${hex(tx, 8)}:${hex(row.recvQ, 8)}`,
    timerOf(row, retransmits),
    String(uid).padStart(5),
    String(timeout).padStart(8),
    String(inode),
  ].join(' ')
}

const TCP_WIDTH = 149
const UDP_WIDTH = 127

const hasInfo = (subject: object): subject is { info(): TcpInfo } =>
  'info' in subject && typeof subject.info === 'function'

/** Half-open connections, TIME-WAIT and FIN-WAIT-2 of nobody are small objects in Linux, and their lines short. */
const isSmall = ({ state, inode, timer }: SocketRow): boolean =>
  state === TcpState.SYN_RECEIVED ||
  state === TcpState.TIME_WAIT ||
  (state === TcpState.FIN_WAIT_2 && inode === 0 && timer?.kind === 'timewait')

/** Who refers to a socket: the tables, a timer; to a listener, what waits in its queues; none to a half-open one. */
const refsOf = (row: SocketRow, rows: readonly SocketRow[]): number => {
  if (row.state === TcpState.SYN_RECEIVED) return 0
  if (isSmall(row)) return 3
  if (row.state !== TcpState.LISTEN) return row.timer === null || row.timer.kind === 'off' ? 1 : 2
  const half = (one: SocketRow): boolean => one.state === TcpState.SYN_RECEIVED && one.local.port === row.local.port
  return 1 + row.recvQ + rows.filter(half).length
}

/** TCP_TIMEOUT_INIT and TCP_INIT_CWND: what nothing is known of yet. */
const INITIAL_RTO = 1_000_000
const INITIAL_CWND = 10
const NO_THRESHOLD = 0x7fffffff

/** rto and ato in ticks, quick ACKs and ping-pong bit, window in segments, threshold. */
const tail = (info: TcpInfo | null): string => {
  const ticks = (us: number): number => Math.floor((us * 1000) / TICK)
  const rto = ticks(info === null || info.rto === 0 ? INITIAL_RTO : info.rto)
  const quick = info === null ? 0 : info.quickAcks * 2 + (info.isInteractive ? 1 : 0)
  // Of a listener it is the Fast Open queue's length, which is none.
  const last = info === null || info.sndSsthresh === NO_THRESHOLD ? -1 : info.sndSsthresh
  return `${rto} ${ticks(info?.ato ?? 0)} ${quick} ${info?.sndCwnd || INITIAL_CWND} ${last}`
}

const tcpLine = (row: SocketRow, index: number, rows: readonly SocketRow[]): string => {
  const small = isSmall(row)
  const info = !small && hasInfo(row.subject) ? row.subject.info() : null
  const retransmits = info?.retransmits ?? (row.state === TcpState.SYN_RECEIVED ? (row.timer?.retransmits ?? 0) : 0)
  const front = line(row, String(index).padStart(4), retransmits, info?.probes ?? 0)
  return `${front} ${refsOf(row, rows)} ${POINTER}${small ? '' : ` ${tail(info)}`}`
}

export const procTcp = (rows: readonly SocketRow[], family: typeof AF_INET | typeof AF_INET6): string => {
  const head =
    family === AF_INET
      ? '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'.padEnd(
          TCP_WIDTH,
        )
      : '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
  const all = rows.filter((row) => row.protocol === 'tcp' && row.family === family)
  // Listeners have a table of their own, which comes first.
  const listens = ({ state }: SocketRow): boolean => state === TcpState.LISTEN
  const ordered = [...all.filter(listens), ...all.filter((row) => !listens(row))]
  const lines = ordered.map((row, i) => tcpLine(row, i, all).padEnd(family === AF_INET ? TCP_WIDTH : 0))
  return `${[head, ...lines].join('\n')}\n`
}

export const procUdp = (rows: readonly SocketRow[], family: typeof AF_INET | typeof AF_INET6): string => {
  const head =
    family === AF_INET
      ? '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'.padEnd(
          UDP_WIDTH,
        )
      : '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
  const lines = rows
    .filter((row) => row.protocol === 'udp' && row.family === family)
    .map((row, i) =>
      `${line(row, String(i).padStart(5), 0, 0)} 2 ${POINTER} ${row.drops}`.padEnd(family === AF_INET ? UDP_WIDTH : 0),
    )
  return `${[head, ...lines].join('\n')}\n`
}

export const procUnix = (rows: readonly SocketRow[]): string => {
  const lines = rows
    .filter((row) => row.protocol === 'unix')
    .map((row) => {
      const listening = row.state === TcpState.LISTEN
      const connected = row.state === TcpState.ESTABLISHED
      // SS_UNCONNECTED, SS_CONNECTED; SS_CONNECTING for one that nobody accepted.
      const state = connected ? (row.inode === 0 ? '02' : '03') : '01'
      const { path } = row.local
      const name = path === null ? '' : ` ${path.startsWith('\0') ? `@${path.slice(1)}` : path}`
      const flags = listening ? '00010000' : '00000000'
      const refs = hex(connected ? 3 : 2, 8)
      return `${POINTER}: ${refs} 00000000 ${flags} ${hex(row.type, 4)} ${state} ${String(row.inode).padStart(5)}${name}`
    })
  return `${['Num       RefCount Protocol Flags    Type St Inode Path', ...lines].join('\n')}\n`
}

export const procDev = (interfaces: readonly NetworkInterface[]): string => {
  const head = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`
  const widths = [7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10]
  const lines = interfaces.map(({ name, stats }) => {
    const numbers = [
      stats.rxBytes,
      stats.rxPackets,
      stats.rxErrors,
      stats.rxDropped,
      0,
      0,
      0,
      stats.rxMulticast,
      stats.txBytes,
      stats.txPackets,
      stats.txErrors,
      stats.txDropped,
      0,
      0,
      0,
      0,
    ]
    return `${name.padStart(6)}: ${numbers.map((n, i) => String(n).padStart(widths[i] as number)).join(' ')}\n`
  })
  return head + lines.join('')
}
