/** What is wrong with a script, or with the stack that it tests: always with the line that says so. */

/** A script that cannot be read or uses what this runner does not know; or an expectation that was not met. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
  /**
   * - `syntax`: the text is no script.
   * - `refused`: it asks for something that this runner or this stack does not have.
   * - `failed`: the stack did something else than the script says.
   */
  readonly kind: 'syntax' | 'refused' | 'failed'
  /** Lines and columns count from 1; a column of 0 is not shown. */
  readonly line: number
  readonly column: number
  /** Lines that show the difference. */
  readonly details: readonly string[]

  constructor(
    kind: ScriptError['kind'],
    line: number,
    column: number,
    message: string,
    details: readonly string[] = [],
  ) {
    super(message)
    this.kind = kind
    this.line = line
    this.column = column
    this.details = details
  }

  /** `file:line: message` and the difference under it, as packetdrill and compilers write. */
  describe(file: string): string {
    const place = this.column > 0 ? `${file}:${this.line}:${this.column}` : `${file}:${this.line}`
    return [`${place}: ${this.message}`, ...this.details].join('\n')
  }
}

export const failed = (line: number, message: string, details: readonly string[] = []): ScriptError =>
  new ScriptError('failed', line, 0, message, details)

export const refused = (line: number, message: string): ScriptError => new ScriptError('refused', line, 0, message)
