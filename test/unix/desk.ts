/** Unix sockets of one process, results as short text: counts and data as they are, failures by their errno's name. */
import type { Process } from '../../src/host/index.ts'
import { AF_UNIX, OptionError, SOCK_NONBLOCK, SOL_SOCKET } from '../../src/socket/index.ts'
import { errnoName } from '../../src/wire/errno.ts'
import { Machine } from '../host/machine.ts'

const BITS = [
  [1, 'IN'],
  [2, 'PRI'],
  [4, 'OUT'],
  [8, 'ERR'],
  [16, 'HUP'],
  [0x2000, 'RDHUP'],
] as const

export const name = (result: number): number | string => (result < 0 ? errnoName(result) : result)

/** Calls of a non-blocking program. Names are paths; `@x` is the abstract name x. */
export class Desk {
  readonly machine = new Machine()
  /** init: root, and deaf to SIGPIPE. */
  readonly p: Process = this.machine.kernel.init

  socket(type: number): number {
    return this.p.socket(AF_UNIX, type | SOCK_NONBLOCK)
  }

  pair(type: number): readonly [number, number] {
    const made = this.p.socketpair(AF_UNIX, type | SOCK_NONBLOCK)
    if (typeof made === 'number') throw new Error(errnoName(made))
    return made
  }

  #at(path: string) {
    return { family: AF_UNIX, path: path.replace(/^@/, '\0') }
  }

  bind(fd: number, path: string): number | string {
    return name(this.p.bind(fd, this.#at(path)))
  }

  connect(fd: number, path: string): number | string {
    return name(this.p.connect(fd, this.#at(path)))
  }

  listen(fd: number, backlog: number): number | string {
    return name(this.p.listen(fd, backlog))
  }

  accept(fd: number): number | string {
    return name(this.p.accept(fd))
  }

  send(fd: number, data: string | Uint8Array, flags = 0): number | string {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    return name(this.p.send(fd, bytes, 0, bytes.length, flags))
  }

  sendto(fd: number, data: string, path: string): number | string {
    return name(this.p.sendto(fd, new TextEncoder().encode(data), 0, this.#at(path)))
  }

  recv(fd: number, size = 100, flags = 0): string {
    const buf = new Uint8Array(size)
    const n = this.p.recv(fd, buf, 0, size, flags)
    return n < 0 ? errnoName(n) : `'${new TextDecoder().decode(buf.subarray(0, Math.min(n, size)))}'`
  }

  /** Data, sender, and whether it was cut. */
  recvfrom(fd: number, size = 100): unknown[] {
    const buf = new Uint8Array(size)
    const out = { length: 0, address: null as { path?: string } | null }
    const message = { vectors: [buf], name: out as never, flags: 0 }
    const n = this.p.recvmsg(fd, message)
    if (n < 0) return [errnoName(n)]
    return [new TextDecoder().decode(buf.subarray(0, n)), out.address?.path ?? null, (message.flags & 0x20) !== 0]
  }

  shutdown(fd: number, how: number): number | string {
    return name(this.p.shutdown(fd, how))
  }

  close(fd: number): void {
    this.p.close(fd)
  }

  poll(fd: number): string {
    const entry = { fd, events: 0x2007, revents: 0 }
    this.p.poll([entry])
    const found = BITS.filter(([bit]) => (entry.revents & bit) !== 0).map(([, text]) => text)
    return found.length === 0 ? 'none' : found.join(' ')
  }

  /** getsockname; '' for an unnamed socket. */
  local(fd: number): string {
    return this.#name((out) => this.p.getsockname(fd, out as never))
  }

  peer(fd: number): string {
    return this.#name((out) => this.p.getpeername(fd, out as never))
  }

  #name(call: (out: { length: number; address: { path: string } | null }) => number): string {
    const out = { length: 0, address: null as { path: string } | null }
    const result = call(out)
    return result < 0 ? errnoName(result) : (out.address?.path ?? '?').replace(/^\0/, '@')
  }

  option(fd: number, option: number): unknown {
    const value = this.p.getsockopt(fd, SOL_SOCKET, option)
    return value instanceof OptionError ? errnoName(value.errno) : value
  }

  /** A listener, and a socket connected to it and accepted. */
  connected(type: number, path: string): { l: number; c: number; s: number } {
    const l = this.listener(type, path)
    const c = this.socket(type)
    this.connect(c, path)
    return { l, c, s: Number(this.accept(l)) }
  }

  listener(type: number, path: string, backlog = 5): number {
    const l = this.socket(type)
    this.bind(l, path)
    this.listen(l, backlog)
    return l
  }
}
