/** curl's connection: names, connecting, bytes, and the clocks that limit them. */
import { type Process, ResolverError } from '../../host/index.ts'
import { AF_UNIX, MSG_NOSIGNAL, SO_ERROR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from '../../socket/constants.ts'
import type { SocketAddress } from '../../socket/sockaddr.ts'
import { EAGAIN, EINPROGRESS, EINTR, strerror } from '../../wire/errno.ts'
import type { Url } from './url.ts'

export const POLLIN = 1
export const POLLOUT = 4

/** Exit code and what curl says with it. */
export class CurlError extends Error {
  override readonly name = 'CurlError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface Limits {
  /** Clock times in nanoseconds. */
  readonly start: number
  readonly end: number
  readonly connectEnd: number
}

export const elapsed = (proc: Process, { start }: Limits): number => Math.floor((proc.host.clock.now - start) / 1e6)

/** Whether it became ready before `end`. */
export const waitFor = async (proc: Process, fd: number, events: number, end: number): Promise<boolean> => {
  for (;;) {
    const left = end - proc.host.clock.now
    if (left <= 0) return false
    const timeout = end === Number.POSITIVE_INFINITY ? -1 : left / 1e6
    const n = await proc.promises.pollResult([{ fd, events, revents: 0 }], timeout)
    if (n !== -EINTR) return n > 0
  }
}

interface Place {
  readonly family: number
  readonly address: SocketAddress
  /** As `Trying` has it. */
  readonly shown: string
  /** As the failure has it. */
  readonly name: string
}

const placesOf = async (proc: Process, url: Url, family: number, unixPath: string | undefined): Promise<Place[]> => {
  if (unixPath !== undefined)
    return [{ family: AF_UNIX, address: { path: unixPath }, shown: `${unixPath}:0`, name: unixPath }]
  try {
    const found = await proc.promises.getaddrinfo(url.host, null, { socktype: SOCK_STREAM, family })
    return found.map(({ family: kind, address }) => ({
      family: kind,
      address: { family: kind, address, port: url.port },
      shown: address.includes(':') ? `[${address}]:${url.port}` : `${address}:${url.port}`,
      name: address,
    }))
  } catch (error) {
    if (error instanceof ResolverError) throw new CurlError(6, `Could not resolve host: ${url.host}`)
    throw error
  }
}

export interface Link {
  readonly fd: number
  /** The address that answered. */
  readonly name: string
}

/** A connected, non-blocking socket. @param say - lines of -v without `* ` */
export const connectTo = async (
  proc: Process,
  url: Url,
  limits: Limits,
  { family, unixPath }: { readonly family: number; readonly unixPath: string | undefined },
  say: (line: string) => Promise<void>,
): Promise<Link> => {
  for (const place of await placesOf(proc, url, family, unixPath)) {
    await say(`  Trying ${place.shown}...`)
    const fd = proc.socket(place.family, SOCK_STREAM | SOCK_NONBLOCK)
    let error = fd < 0 ? fd : proc.connect(fd, place.address)
    const isLate = error === -EINPROGRESS
    if (isLate) {
      if (!(await waitFor(proc, fd, POLLOUT, limits.connectEnd))) {
        proc.close(fd)
        throw new CurlError(28, `Connection timed out after ${elapsed(proc, limits)} milliseconds`)
      }
      const value = proc.getsockopt(fd, SOL_SOCKET, SO_ERROR)
      error = typeof value === 'number' && value > 0 ? -value : 0
    }
    if (error === 0) return { fd, name: place.name }
    if (fd >= 0) proc.close(fd)
    const what = isLate
      ? `connect to ${place.name} port ${url.port} failed`
      : `Immediate connect fail for ${place.name}`
    await say(`${what}: ${strerror(error)}`)
  }
  const where = `${url.host} port ${url.port}`
  throw new CurlError(7, `Failed to connect to ${where} after ${elapsed(proc, limits)} ms: Couldn't connect to server`)
}

export const sendAll = async (proc: Process, fd: number, bytes: Uint8Array, end: number): Promise<number> => {
  for (let at = 0; at < bytes.length; ) {
    const n = proc.send(fd, bytes, at, bytes.length, MSG_NOSIGNAL)
    if (n === -EAGAIN) {
      if (!(await waitFor(proc, fd, POLLOUT, end))) return -EAGAIN
    } else if (n < 0) return n
    else at += n
  }
  return 0
}
