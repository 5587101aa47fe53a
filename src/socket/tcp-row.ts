import type { TcpEndpoint } from '../tcp/types.ts'
import { AF_INET, AF_INET6, SOCK_STREAM } from './constants.ts'
import type { SocketDescription } from './row.ts'

/** A connection, listener, half-open one, orphan or TIME-WAIT in the table; inode 0 when no socket belongs to it. */
export const tcpRow = (endpoint: TcpEndpoint, inode: number): SocketDescription => ({
  protocol: 'tcp',
  family: endpoint.family === 4 ? AF_INET : AF_INET6,
  type: SOCK_STREAM,
  state: endpoint.state,
  local: { address: endpoint.localAddress, port: endpoint.localPort, path: null },
  remote: { address: endpoint.remoteAddress, port: endpoint.remotePort, path: null },
  recvQ: endpoint.recvQueue,
  sendQ: endpoint.sendQueue,
  inode,
  uid: endpoint.uid,
  timer: endpoint.timer(),
  drops: 0,
  v6only: endpoint.v6only,
  device: endpoint.boundDevice?.name ?? null,
  peerInode: 0,
  subject: endpoint,
})
