import { Berkeley, type Caller, DescriptorTable, type SocketPaths, type Sockets } from '../../socket/index.ts'

/** Berkeley's calls as methods of the process itself: it is the caller. */
export abstract class SocketCalls extends Berkeley implements Caller {
  override readonly caller: Caller
  readonly descriptors: DescriptorTable = new DescriptorTable()
  abstract readonly pid: number
  abstract readonly uid: number
  abstract readonly gid: number
  abstract readonly privileged: boolean
  abstract readonly paths: SocketPaths
  abstract readonly filesExhausted: boolean
  abstract raisePipe(): void

  constructor(sockets: Sockets) {
    // `this` cannot be named before the base exists; nothing is called until it is set.
    super(sockets, undefined as never)
    this.caller = this
  }
}
