import { type InputEntry, type InputHandler, InputLog, InputReplay } from '../time/log.ts'
import type { Scheduler } from '../time/scheduler.ts'

/**
 * The one door for what comes from outside. Live, input is noted in the log and acted upon; in a replay the log's entries
 * come instead, and live input of the same sources is left out.
 */
export class Inputs {
  /** What came in, or what is being played back: give it to the next run. */
  readonly log: InputLog
  /** For the virtual driver; null when input is live. */
  readonly replay: InputReplay | null

  /** `recorded`: entries of an earlier run (`parseInputLog`), to be played back. */
  constructor(clock: Scheduler, recorded: readonly InputEntry[] | null = null) {
    this.log = new InputLog(clock)
    this.replay = recorded === null ? null : new InputReplay(recorded)
  }

  /**
   * A source of input under a name that is the same in every run. Call what is returned with live input; `handler` acts on
   * it, live or recorded.
   */
  source(name: string, handler: InputHandler): InputHandler {
    const act: InputHandler = (kind, bytes) => {
      this.log.append(name, kind, bytes)
      handler(kind, bytes)
    }
    if (this.replay === null) return act
    this.replay.on(name, act)
    return () => undefined
  }
}
