import { O_RDONLY, O_WRONLY, OpenFile } from '../socket/file.ts'
import { Poll } from '../wire/call.ts'
import { EAGAIN, EBADF, EPIPE } from '../wire/errno.ts'
import { ByteQueue } from './tty/byte-queue.ts'

/** Capacity of a pipe, and what is written in one piece whatever others write (pipe(7)). */
export const PIPE_SIZE = 65_536
export const PIPE_BUF = 4096

/** The buffer between the two ends of a pipe or FIFO. */
export class Pipe {
  readonly bytes = new ByteQueue(PIPE_SIZE)
  readonly ends = new Set<PipeEnd>()
  readers = 0
  writers = 0
  /** Opens so far: who waits for the other end of a FIFO must see one that has come and gone (fifo(7)). */
  readerOpens = 0
  writerOpens = 0
  /** Inode number; 0 for one that nobody lists. */
  readonly inode: number

  constructor(inode = 0) {
    this.inode = inode
  }

  /** An end for O_RDONLY, O_WRONLY, or (FIFO opened O_RDWR) both. */
  open(flags: number): PipeEnd {
    const end = new PipeEnd(this, flags)
    this.ends.add(end)
    if (end.reads) {
      this.readers++
      this.readerOpens++
    }
    if (end.writes) {
      this.writers++
      this.writerOpens++
    }
    this.announce(end.writes ? Poll.IN : Poll.OUT)
    return end
  }

  announce(bits: number): void {
    for (const end of [...this.ends]) end.announce(bits)
  }
}

/** One end of a pipe as a file. A write without readers is EPIPE: the caller raises SIGPIPE. */
export class PipeEnd extends OpenFile {
  readonly pipe: Pipe
  readonly reads: boolean
  readonly writes: boolean

  constructor(pipe: Pipe, flags: number) {
    super()
    this.pipe = pipe
    this.statusFlags = flags
    const mode = flags & 3
    this.reads = mode !== O_WRONLY
    this.writes = mode !== O_RDONLY
  }

  announce(bits: number): void {
    this.wake(bits)
  }

  poll(): number {
    const { bytes, readers, writers } = this.pipe
    let bits = 0
    if (this.reads) {
      if (bytes.length > 0) bits |= Poll.IN
      if (writers === 0) bits |= Poll.HUP
    }
    if (this.writes) {
      if (readers === 0) bits |= Poll.ERR | Poll.OUT
      else if (bytes.room >= PIPE_BUF) bits |= Poll.OUT
    }
    return bits
  }

  read(buf: Uint8Array, start: number, end: number): number {
    if (!this.reads) return -EBADF
    const { bytes, writers } = this.pipe
    if (bytes.length === 0) return writers === 0 || start === end ? 0 : -EAGAIN
    const count = bytes.read(buf, start, end)
    this.pipe.announce(Poll.OUT)
    return count
  }

  write(buf: Uint8Array, start: number, end: number): number {
    if (!this.writes) return -EBADF
    const { pipe } = this
    if (pipe.readers === 0) return -EPIPE
    const size = end - start
    // Up to PIPE_BUF bytes go in whole or not at all.
    if (pipe.bytes.room < (size <= PIPE_BUF ? size : 1)) return -EAGAIN
    const count = pipe.bytes.write(buf, start, end)
    pipe.announce(Poll.IN)
    return count
  }

  release(): void {
    const { pipe } = this
    pipe.ends.delete(this)
    if (this.reads) pipe.readers--
    if (this.writes) pipe.writers--
    pipe.announce(Poll.IN | Poll.OUT | Poll.HUP | Poll.ERR)
  }
}

/** pipe(2): the end to read from, and the end to write to. */
export const makePipe = (inode = 0): readonly [PipeEnd, PipeEnd] => {
  const pipe = new Pipe(inode)
  return [pipe.open(O_RDONLY), pipe.open(O_WRONLY)]
}
