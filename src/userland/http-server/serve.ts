/** The server at work: its listener, and a task for each connection. */
import type { Process } from '../../host/index.ts'
import { SystemError } from '../../host/index.ts'
import { MSG_NOSIGNAL, SHUT_WR, SOCK_CLOEXEC } from '../../socket/constants.ts'
import { ECONNRESET, EINTR, EMFILE, ENFILE, ENOTCONN, EPIPE, strerror } from '../../wire/errno.ts'
import { complain } from '../core/output.ts'
import { Connection } from './connection.ts'
import { logDate } from './date.ts'
import type { Identity, Response } from './response.ts'
import type { Site } from './site.ts'

const CHUNK = 65_536
const READ = 8192
/** How long a client may take to end its side after ours has ended, milliseconds. */
const LINGER = 2000
const POLLIN = 1

export interface Server {
  readonly process: Process
  readonly site: Site
  readonly who: Identity
}

/** Accept until `isOver` says so (a signal has come). */
export const acceptLoop = async (server: Server, listener: number, isOver: () => boolean): Promise<void> => {
  const { process } = server
  while (!isOver()) {
    try {
      const { fd, address } = await process.promises.accept(listener, SOCK_CLOEXEC)
      void serveConnection(server, fd, address === null || !('address' in address) ? '' : String(address.address))
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      // The queue stays as it is: without a pause this would spin.
      if (error.errno === -EMFILE || error.errno === -ENFILE) await process.promises.sleep(100)
    }
  }
}

const serveConnection = async (server: Server, fd: number, client: string): Promise<void> => {
  const { process, site, who } = server
  const connection = new Connection(site, who)
  const buf = new Uint8Array(READ)
  let error = 0
  for (;;) {
    const response = connection.next()
    if (response !== null) {
      for (const line of response.log) await complain(process, `${client} - - [${logDate(site.now)}] ${line}`)
      error = await sendResponse(process, fd, response)
      response.file?.close()
      if (error < 0) break
    } else if (connection.isDone) break
    else {
      const n = await process.promises.recvResult(fd, buf)
      if (n === -EINTR) continue
      if (n <= 0) {
        error = n
        break
      }
      connection.push(buf.subarray(0, n))
    }
  }
  if (error < 0) await complain(process, failureText(error, client))
  else if (process.shutdown(fd, SHUT_WR) === 0) await drain(process, fd)
  process.close(fd)
}

/**
 * RFC 9112 9.6: read on until the client has ended its side too. Closing with bytes unread would be a reset, which may
 * destroy the response before the client has read it.
 */
const drain = async (process: Process, fd: number): Promise<void> => {
  const { clock } = process.host
  const end = clock.now + LINGER * 1e6
  const buf = new Uint8Array(READ)
  for (;;) {
    const left = (end - clock.now) / 1e6
    if (left <= 0) return
    const ready = await process.promises.pollResult([{ fd, events: POLLIN, revents: 0 }], left)
    if (ready === -EINTR) continue
    if (ready <= 0 || (await process.promises.recvResult(fd, buf)) <= 0) return
  }
}

/** Zero or a negative errno. */
const sendResponse = async (process: Process, fd: number, response: Response): Promise<number> => {
  let error = await sendAll(process, fd, response.head)
  for (const part of response.body) {
    if (error < 0) return error
    error = 'start' in part ? await sendFile(process, fd, response, part) : await sendAll(process, fd, part)
  }
  return error
}

const sendFile = async (
  process: Process,
  fd: number,
  { file }: Response,
  { start, end }: { start: number; end: number },
): Promise<number> => {
  const buf = new Uint8Array(Math.min(CHUNK, end - start))
  for (let at = start; at < end; ) {
    const n = file?.read(at, buf.subarray(0, Math.min(buf.length, end - at))) ?? 0
    // It has become shorter since: what was promised cannot be kept, and the client sees it by the missing bytes.
    if (n <= 0) return n < 0 ? n : -ECONNRESET
    const error = await sendAll(process, fd, buf.subarray(0, n))
    if (error < 0) return error
    at += n
  }
  return 0
}

const sendAll = async (process: Process, fd: number, bytes: Uint8Array): Promise<number> => {
  for (let at = 0; at < bytes.length; ) {
    const n = await process.promises.sendResult(fd, bytes.subarray(at), MSG_NOSIGNAL)
    if (n < 0 && n !== -EINTR) return n
    if (n > 0) at += n
  }
  return 0
}

const CLASSES: Readonly<Record<number, string>> = {
  [EPIPE]: 'BrokenPipeError',
  [ECONNRESET]: 'ConnectionResetError',
  [ENOTCONN]: 'OSError',
}

const failureText = (error: number, client: string): string => {
  const rule = '-'.repeat(40)
  const name = CLASSES[-error] ?? 'OSError'
  return `${rule}\nException occurred during processing of request from ${client}\n${name}: [Errno ${-error}] ${strerror(error)}\n${rule}`
}
