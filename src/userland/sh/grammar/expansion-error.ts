/**
 * An expansion that cannot be done: `${x:?message}`, an unset variable under `set -u`, division by zero, a bad
 * substitution. The message is bash's, without the `bash: line N: ` before it. The command is not run; a shell that
 * is not interactive exits (POSIX 2.8.1).
 */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError'
  /** A shell that is not interactive exits (`${x:?}`, an unset variable); upon others it goes on with the next line. */
  readonly isFatal: boolean

  constructor(message: string, isFatal = false) {
    super(message)
    this.isFatal = isFatal
  }
}
