/** /proc/net: the tables of sockets and interfaces in the kernel's own format. */

import type { NetworkInterface } from '../../link/interface.ts'
import { AF_INET, type AF_INET6 } from '../../socket/constants.ts'
import type { RowEnd, SocketRow } from '../../socket/row.ts'
import { TcpState } from '../../tcp/types.ts'

const hex = (n: number, width: number): string => (n >>> 0).toString(16).toUpperCase().padStart(width, '0')

/** The kernel prints addresses as words of its own byte order. */
const swapped = (word: number): string =>
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

const timerOf = (row: SocketRow): string => {
  const { timer } = row
  if (timer === null) return '00:00000000 00000000'
  return `${hex(TIMERS[timer.kind], 2)}:${hex(Math.round(timer.left / TICK), 8)} ${hex(timer.retransmits, 8)}`
}

const line = (row: SocketRow, index: string): string => {
  const { family, local, remote, state, uid, inode } = row
  const tx = state === TcpState.LISTEN ? 0 : row.sendQ
  return [
    `${index}:`,
    endOf(local, family),
    endOf(remote, family),
    hex(state, 2),
    `${hex(tx, 8)}:${hex(row.recvQ, 8)}`,
    timerOf(row),
    String(uid).padStart(5),
    '       0',
    String(inode),
  ].join(' ')
}

const TCP_WIDTH = 149
const UDP_WIDTH = 127

export const procTcp = (rows: readonly SocketRow[], family: typeof AF_INET | typeof AF_INET6): string => {
  const head =
    family === AF_INET
      ? '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'.padEnd(
          TCP_WIDTH,
        )
      : '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
  const lines = rows
    .filter((row) => row.protocol === 'tcp' && row.family === family)
    .map((row, i) => {
      const rest = row.state === TcpState.TIME_WAIT ? `3 ${POINTER}` : `1 ${POINTER} ${tail(row)}`
      return `${line(row, String(i).padStart(4))} ${rest}`.padEnd(family === AF_INET ? TCP_WIDTH : 0)
    })
  return `${[head, ...lines].join('\n')}\n`
}

/** rto and ato in ticks, quick-ack and ping-pong bits, window in segments, threshold. */
const tail = (row: SocketRow): string => (row.state === TcpState.LISTEN ? '100 0 0 10 0' : '20 4 30 10 -1')

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
      `${line(row, String(i).padStart(5))} 2 ${POINTER} ${row.drops}`.padEnd(family === AF_INET ? UDP_WIDTH : 0),
    )
  return `${[head, ...lines].join('\n')}\n`
}

export const procUnix = (rows: readonly SocketRow[]): string => {
  const lines = rows
    .filter((row) => row.protocol === 'unix')
    .map((row) => {
      const listening = row.state === TcpState.LISTEN
      const connected = row.state === TcpState.ESTABLISHED
      const { path } = row.local
      const name = path === null ? '' : ` ${path.startsWith('\0') ? `@${path.slice(1)}` : path}`
      const flags = listening ? '00010000' : '00000000'
      const refs = hex(connected ? 3 : 2, 8)
      return `${POINTER}: ${refs} 00000000 ${flags} ${hex(row.type, 4)} ${connected ? '03' : '01'} ${String(row.inode).padStart(5)}${name}`
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
