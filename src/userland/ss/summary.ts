import type { SocketRow } from '../../socket/row.ts'
import type { SsSource } from './types.ts'

/** ss -s: how many of each. */
export const summary = (source: SsSource): string => {
  const tcp = source.rows.filter((row) => row.protocol === 'tcp')
  const count = (test: (row: SocketRow) => boolean): number => tcp.filter(test).length
  const established = count((row) => row.state === 1 || row.state === 8)
  const waiting = count((row) => row.state === 6)
  const orphaned = count((row) => row.inode === 0 && row.state !== 6 && row.state !== 3 && row.state !== 1)
  const counts = (['raw', 'udp', 'tcp'] as const).map((protocol) => {
    const of = source.rows.filter((row) => row.protocol === protocol && row.state !== 6)
    const v4 = of.filter((row) => row.family === 2).length
    return [protocol.toUpperCase(), of.length, v4, of.length - v4] as const
  })
  const inet = [1, 2, 3].map((k) => counts.reduce((sum, row) => sum + (row[k] as number), 0))
  const line = (name: string, numbers: readonly number[]): string =>
    `${name}\t  ${numbers.map((n) => String(n).padEnd(9)).join(' ')}\n`
  return [
    `Total: ${source.used}\n`,
    `TCP:   ${tcp.length + source.closedTcp} (estab ${established}, closed ${source.closedTcp + waiting}, orphaned ${orphaned}, timewait ${waiting})\n\n`,
    'Transport Total     IP        IPv6\n',
    ...counts.map(([name, ...numbers]) => line(name, numbers)),
    line('INET', inet),
    line('FRAG', [0, 0, 0]),
    '\n',
  ].join('')
}
