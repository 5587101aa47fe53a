import { DescriptorTable } from '../../socket/file.ts'
import { type SocketAddress, toSockAddr } from '../../socket/sockaddr.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { EAFNOSUPPORT, EBADF, ENOTSOCK } from '../../wire/errno.ts'

export type SocketLayer = object

export abstract class SocketCalls {
  readonly descriptors = new DescriptorTable()
  constructor(_sockets: SocketLayer) {
    return
  }
  abstract close(fd: number): number
  abstract read(fd: number, buf: Uint8Array, start?: number, end?: number): number
  abstract write(fd: number, buf: Uint8Array, start?: number, end?: number): number

  #socket(fd: number): SocketFile | number {
    const file = this.descriptors.get(fd)
    return file === null ? -EBADF : file instanceof SocketFile ? file : -ENOTSOCK
  }

  socket(_family: number, _type: number, _protocol = 0): number {
    return -EAFNOSUPPORT
  }

  connect(fd: number, address: SocketAddress): number {
    const file = this.#socket(fd)
    const target = toSockAddr(address)
    if (typeof file === 'number') return file
    return typeof target === 'number' ? target : file.connect(this as never, target)
  }

  send(fd: number, buf: Uint8Array, flags = 0): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : file.send(buf, 0, buf.length, flags)
  }

  recv(fd: number, buf: Uint8Array, flags = 0): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : file.recv(buf, 0, buf.length, flags)
  }
}
