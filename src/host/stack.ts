import type { Firewall } from '../filter/index.ts'
import type { IpLayer } from '../ip/types.ts'
import type { Sockets } from '../socket/index.ts'
import type { TcpLayer } from '../tcp/types.ts'
import type { Udp } from '../udp/index.ts'

/** The network layers of one host, made before its processes. */
export interface Stack {
  readonly ip: IpLayer
  readonly tcp: TcpLayer
  readonly udp: Udp
  readonly sockets: Sockets
  /** The packet filter, from the first time somebody asked for it (`firewallOf`). */
  firewall?: Firewall
}
