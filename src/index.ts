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

// Hosts, processes, terminals
export {
  type AddrInfo,
  type AddrInfoHints,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  Capture,
  Child,
  Code,
  type Disposition,
  EAI,
  type EaiName,
  type ExitInfo,
  exitCodeOf,
  F_OK,
  type Group,
  Host,
  LazyProgram,
  type LimitName,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  type PollFd,
  Process,
  type Program,
  Promises,
  R_OK,
  type Reporter,
  type ReportOptions,
  ResolverError,
  type RunOptions,
  rawTermios,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  type SelectSets,
  Signal,
  type SignalName,
  type SpawnOptions,
  type StartOptions,
  type Stat,
  SystemError,
  signalName,
  signalText,
  Terminal,
  type Termios,
  type User,
  W_OK,
  type WaitResult,
  type WaitStatus,
  WCONTINUED,
  WNOHANG,
  WUNTRACED,
  X_OK,
} from './host/index.ts'
// Networks
export {
  type ActiveFault,
  Direction,
  type FaultGroup,
  type FaultScope,
  type FaultTarget,
  type HostSetup,
  type InterfaceSpec,
  Link,
  type LinkEnd,
  type LinkOptions,
  LivelockError,
  NetworkCapture,
  type NetworkCaptureOptions,
  type NetworkOptions,
  type Platform,
  portablePlatform,
  type RouteSpec,
  type Topology,
} from './network/index.ts'
// Berkeley's calls: every constant of Linux's headers that they know, and what they take and fill
export * from './socket/constants.ts'
export {
  type AddressOut,
  Berkeley,
  type ControlData,
  type ControlMessage,
  type InetSocketAddress,
  type Linger,
  type Membership,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  OptionError,
  type OptionValue,
  type PacketSocketAddress,
  type PollEntry,
  type ReceiveMessage,
  type SendMessage,
  type SocketAddress,
  type SocketRow,
  type TimeValue,
  type UnixSocketAddress,
  type Watch,
} from './socket/index.ts'
export { type ProgramToLoad, preload, programs } from './userland/index.ts'
// Addresses, errors, events
export {
  Address,
  errnoName,
  errnoOf,
  type HostEvent,
  Msg,
  Poll,
  parseAddress,
  parseCidr,
  Reason,
  type ReasonInfo,
  type ReasonKind,
  reasons,
  strerror,
} from './wire/index.ts'
