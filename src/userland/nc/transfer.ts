/** Bytes between standard input and output and a socket: nc's readwrite(). */
import type { Process } from '../../host/index.ts'
import { SHUT_WR } from '../../socket/constants.ts'
import { Msg, Poll } from '../../wire/call.ts'
import { EAGAIN, EINTR } from '../../wire/errno.ts'
import { writeTo } from '../core/output.ts'
import type { NcOptions } from './options.ts'

const SIZE = 16_384
const LF = 10
const CR = 13

/** CR before every LF (-C). */
const withCr = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(Array.from(bytes).flatMap((byte) => (byte === LF ? [CR, LF] : [byte])))

/** Until both ends are done, -q or -w is over, or the connection breaks. */
export const transfer = async (proc: Process, fd: number, options: NcOptions): Promise<void> => {
  const { clock } = proc.host
  const buf = new Uint8Array(SIZE)
  let reads = !options.noStdin
  let receives = true
  let pending: Uint8Array = new Uint8Array(0)
  let quitAt = Number.POSITIVE_INFINITY
  let isShut = false
  while (receives || pending.length > 0) {
    const idle = options.timeout === null ? Number.POSITIVE_INFINITY : options.timeout * 1000
    const left = Math.min(idle, (quitAt - clock.now) / 1e6)
    const keys = { fd: reads && pending.length === 0 ? 0 : -1, events: Poll.IN, revents: 0 }
    const events = (receives ? Poll.IN : 0) | (pending.length > 0 ? Poll.OUT : 0)
    const net = { fd, events, revents: 0 }
    const ready = await proc.promises.pollResult(
      [net, keys],
      left === Number.POSITIVE_INFINITY ? -1 : Math.max(0, left),
    )
    if (ready === -EINTR) continue
    if (ready <= 0) return
    if (receives && (net.revents & (Poll.IN | Poll.HUP | Poll.ERR)) !== 0) {
      const n = proc.recv(fd, buf, 0, SIZE, Msg.DONTWAIT)
      if (n > 0 && (await writeTo(proc, 1, buf.slice(0, n))) < 0) return
      // A datagram of no bytes is no end; an error ends the conversation.
      if ((n === 0 && !options.udp) || (n < 0 && n !== -EAGAIN)) receives = false
    }
    if (!receives) return
    if (keys.revents !== 0) {
      const n = await proc.promises.readResult(0, buf)
      if (n > 0) pending = options.crlf ? withCr(buf.subarray(0, n)) : buf.slice(0, n)
      else if (n !== -EINTR && n !== -EAGAIN) reads = false
    }
    if (pending.length > 0) {
      const n = proc.send(fd, pending, 0, pending.length, Msg.DONTWAIT | Msg.NOSIGNAL)
      if (n < 0 && n !== -EAGAIN) return
      if (n > 0) pending = pending.subarray(n)
    }
    if (!reads && !options.noStdin && pending.length === 0 && !isShut) {
      isShut = true
      if (options.shutdownAtEof) proc.shutdown(fd, SHUT_WR)
      const { quit } = options
      if (quit === 0) return
      if (quit !== null && quit > 0) quitAt = clock.now + quit * 1e9
    }
  }
}
