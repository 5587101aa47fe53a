/**
 * Open file descriptions and the descriptors of a process that refer to them (open(2), dup(2)).
 *
 * A socket is one kind of description; a host's files, pipes and terminals are others. All have readiness, so that one
 * `poll` waits for any of them. Calls never block: a blocking face waits with `watch` and calls again.
 */
import { EBADF, EMFILE } from '../wire/errno.ts'

export const O_RDONLY = 0
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_ACCMODE = 3
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_TRUNC = 0o1000
export const O_APPEND = 0o2000
export const O_NONBLOCK = 0o4000
export const O_DIRECTORY = 0o200000
export const O_CLOEXEC = 0o2000000

/** Somebody waits for events on a description. */
export interface Watcher {
  /** `Poll` bits of interest; ERR and HUP are always reported. */
  readonly interest: number
  /** New events (edges) among the interest. Called inside the kernel: it must only note and queue. */
  notify(bits: number): void
}

/** An open file description: shared by `dup`ed descriptors, closed with the last of them. */
export abstract class OpenFile {
  /** Descriptors that refer to it. */
  refs = 0
  /** O_NONBLOCK, O_APPEND and the access mode; shared by all descriptors. */
  statusFlags: number = O_RDWR
  #watchers: Watcher[] | Watcher | null = null

  get nonblocking(): boolean {
    return (this.statusFlags & O_NONBLOCK) !== 0
  }

  /** Level-triggered `Poll` bits. */
  abstract poll(): number
  /** Bytes read into `buf[start, end)`, 0 at the end, or a negative errno (EAGAIN: wait for readiness). */
  abstract read(buf: Uint8Array, start: number, end: number): number
  /** Bytes written, or a negative errno. */
  abstract write(buf: Uint8Array, start: number, end: number): number
  /** The last descriptor is gone. */
  abstract release(): void

  watch(watcher: Watcher): void {
    const now = this.#watchers
    if (now === null) this.#watchers = watcher
    else if (Array.isArray(now)) now.push(watcher)
    else this.#watchers = [now, watcher]
  }

  unwatch(watcher: Watcher): void {
    const now = this.#watchers
    if (now === watcher) this.#watchers = null
    else if (Array.isArray(now)) {
      const rest = now.filter((w) => w !== watcher)
      this.#watchers = rest.length === 0 ? null : rest.length === 1 ? (rest[0] as Watcher) : rest
    }
  }

  /** Tell the watchers of new events. */
  protected wake(bits: number): void {
    const now = this.#watchers
    if (now === null) return
    if (Array.isArray(now)) for (const watcher of now) tell(watcher, bits)
    else tell(now, bits)
  }
}

const ALWAYS = 0x018 // POLLERR | POLLHUP

const tell = (watcher: Watcher, bits: number): void => {
  const wanted = bits & (watcher.interest | ALWAYS)
  if (wanted !== 0) watcher.notify(wanted)
}

/** The descriptors of one process: small integers, lowest free one first. */
export class DescriptorTable {
  readonly #files: (OpenFile | null)[] = []
  readonly #cloexec: boolean[] = []
  /** RLIMIT_NOFILE. */
  limit = 1024
  #lowestFree = 0

  get(fd: number): OpenFile | null {
    return this.#files[fd] ?? null
  }

  /** The lowest free descriptor (at least `from`) now refers to `file`; or -EMFILE. */
  install(file: OpenFile, cloexec = false, from = 0): number {
    let fd = from > this.#lowestFree ? from : this.#lowestFree
    while (fd < this.#files.length && this.#files[fd] !== null) fd++
    if (fd >= this.limit) return -EMFILE
    while (this.#files.length < fd) this.#files.push(null)
    this.#files[fd] = file
    this.#cloexec[fd] = cloexec
    if (from <= this.#lowestFree) this.#lowestFree = fd + 1
    file.refs++
    return fd
  }

  /** A descriptor could be installed now. */
  get hasRoom(): boolean {
    if (this.#files.length < this.limit) return true
    return this.#files.indexOf(null) >= 0
  }

  /** dup2(2): `fd` now refers to `file`; what it referred to is closed. */
  replace(fd: number, file: OpenFile, cloexec = false): number {
    if (fd < 0 || fd >= this.limit) return -EBADF
    if (this.#files[fd] === file) return fd
    if (this.get(fd) !== null) this.close(fd)
    while (this.#files.length <= fd) this.#files.push(null)
    this.#files[fd] = file
    this.#cloexec[fd] = cloexec
    file.refs++
    return fd
  }

  /** close(2): zero or -EBADF. */
  close(fd: number): number {
    const file = this.get(fd)
    if (file === null) return -EBADF
    this.#files[fd] = null
    if (fd < this.#lowestFree) this.#lowestFree = fd
    if (--file.refs === 0) file.release()
    return 0
  }

  closeAll(): void {
    for (let fd = 0; fd < this.#files.length; fd++) if (this.#files[fd] !== null) this.close(fd)
  }

  isCloexec(fd: number): boolean {
    return this.#cloexec[fd] === true
  }

  setCloexec(fd: number, on: boolean): void {
    this.#cloexec[fd] = on
  }

  /** Open descriptors in ascending order. */
  forEach(visit: (fd: number, file: OpenFile) => void): void {
    for (let fd = 0; fd < this.#files.length; fd++) {
      const file = this.#files[fd]
      if (file !== null && file !== undefined) visit(fd, file)
    }
  }
}
