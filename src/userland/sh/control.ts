/** How a command leaves what is around it. Thrown by the builtins that do so and caught where it means something. */

/** `break` and `continue`: so many loops are left; the last one goes on when `again`. */
export class LoopExit extends Error {
  override readonly name = 'LoopExit'
  levels: number
  readonly again: boolean

  constructor(levels: number, again: boolean) {
    super('outside a loop')
    this.levels = levels
    this.again = again
  }
}

/** `return`, out of a function or a sourced file. */
export class ReturnExit extends Error {
  override readonly name = 'ReturnExit'
  readonly status: number

  constructor(status: number) {
    super('outside a function')
    this.status = status
  }
}

/** `exit`, `set -e`, and errors that end a shell: this shell (or subshell) is over. */
export class ShellExit extends Error {
  override readonly name = 'ShellExit'
  readonly status: number

  constructor(status: number) {
    super('exit')
    this.status = status
  }
}

/** Back to the prompt: ^C, or an error that an interactive shell survives. Not caught by loops or functions. */
export class Abandon extends Error {
  override readonly name = 'Abandon'
  readonly status: number

  constructor(status: number) {
    super('abandoned')
    this.status = status
  }
}
