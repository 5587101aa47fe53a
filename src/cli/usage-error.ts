/** What is wrong with what the user gave: told in one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: number

  /** @param code - exit code: 2 for the command line, 1 for a file or a network that cannot be had */
  constructor(message: string, code = 2) {
    super(message)
    this.code = code
  }
}
