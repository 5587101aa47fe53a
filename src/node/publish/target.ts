import type { Host } from '../../host/index.ts'
import { AF_INET6 } from '../../socket/constants.ts'
import { TcpState } from '../../tcp/types.ts'

const LOOPBACKS = { 4: '127.0.0.1', 6: '::1' } as const

/** The address of the host under which a program has the port, for a peer of this family; loopback when nobody (yet) has. */
export const targetOf = (host: Host, protocol: 'tcp' | 'udp', port: number, family: 4 | 6): string => {
  const rows = host
    .sockets()
    .filter((row) => row.protocol === protocol && row.local.port === port)
    .filter((row) => protocol === 'udp' || row.state === TcpState.LISTEN)
  const isOpen = rows.some(
    ({ local, family: own, v6only }) =>
      local.address === null && (own === AF_INET6 ? family === 6 || !v6only : family === 4),
  )
  if (isOpen) return LOOPBACKS[family]
  const bound = rows.find(({ local }) => local.address?.family === family)
  return bound?.local.address?.toString() ?? LOOPBACKS[family]
}
