/**
 * soquete: whole networks of virtual hosts in one process. The portable face: it runs wherever JavaScript runs.
 *
 * `Network` makes hosts and links; a `Host` has processes, files and a stack; a `Process` makes Berkeley's calls. See the
 * guide in docs/.
 */
import type { Host } from './host/index.ts'
import { Network as BareNetwork, type NetworkOptions } from './network/index.ts'
import { programs, reports } from './userland/index.ts'

/** A network whose hosts have the userland: sh, telnet, lsof, ss ... */
export class Network extends BareNetwork {
  constructor(options: NetworkOptions = {}) {
    super({
      ...options,
      programs: [...programs, ...(options.programs ?? [])],
      onHost: (host: Host) => {
        for (const [name, reporter] of Object.entries(reports)) host.reports.set(name, reporter)
        options.onHost?.(host)
      },
    })
  }
}

export * from './host/index.ts'
export * from './network/index.ts'
export * from './socket/constants.ts'
export {
  type AddressOut,
  Berkeley,
  type ReceiveMessage,
  type SendMessage,
  type SocketAddress,
  type SocketRow,
  type Watch,
} from './socket/index.ts'
export { preload, programs } from './userland/index.ts'
export {
  Address,
  errnoName,
  errnoOf,
  type HostEvent,
  Msg,
  Poll,
  Reason,
  type ReasonInfo,
  reasons,
  strerror,
} from './wire/index.ts'
