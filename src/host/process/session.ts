import type { Terminal } from '../tty/index.ts'

/** A session (setsid(2)): process groups that share a controlling terminal. Its id is its leader's pid. */
export class Session {
  readonly id: number
  /** The controlling terminal, or null. */
  terminal: Terminal | null = null

  constructor(id: number) {
    this.id = id
  }
}
