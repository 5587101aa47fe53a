import { errnoName, strerror } from '../wire/errno.ts'

/** What a failed call was about, where it was about something. */
export interface SystemErrorSubject {
  readonly address?: string
  readonly port?: number
  readonly path?: string
}

/**
 * A failed call at the promise face, in the shape of Node's own errors: `connect ECONNREFUSED 127.0.0.1:8080`.
 *
 * `errno` is negative, as Node's is. `reason` is strerror(3)'s text, which programs print.
 */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly code: string
  readonly errno: number
  readonly syscall: string
  readonly address?: string
  readonly port?: number
  readonly path?: string

  constructor(syscall: string, errno: number, subject: SystemErrorSubject = {}) {
    super(messageOf(syscall, errno, subject))
    this.syscall = syscall
    this.errno = errno < 0 ? errno : -errno
    this.code = errnoName(errno)
    if (subject.address !== undefined) this.address = subject.address
    if (subject.port !== undefined) this.port = subject.port
    if (subject.path !== undefined) this.path = subject.path
  }

  /** `Connection refused`. */
  get reason(): string {
    return strerror(this.errno)
  }
}

const messageOf = (syscall: string, errno: number, subject: SystemErrorSubject): string => {
  const text = `${syscall} ${errnoName(errno)}`
  if (subject.path !== undefined) return `${text} ${subject.path.replace(/^\0/, '@')}`
  if (subject.address === undefined) return text
  const { address, port } = subject
  return port === undefined ? `${text} ${address}` : `${text} ${address}:${port}`
}
