import { SystemError } from '../../../host/system-error.ts'
import type { World } from '../world.ts'
import type { Arguments } from './arguments.ts'

/** What a system call came to. */
export interface Outcome {
  /** A count, a descriptor of the process, or a negative errno. */
  readonly result: number
  /** The result is a new descriptor, which the script knows by its own number. */
  readonly isDescriptor?: boolean
  /** Compares what the call gave back beside its result. Throws ScriptError. Called when the result is as expected and no error. */
  readonly verify?: () => void
}

/** Makes a call; waits as long as it would. */
export type Call = (world: World, args: Arguments) => Outcome | Promise<Outcome>

/** The result of a call of the promise face, with its exception as a negative errno. */
export const settled = async (result: Promise<number>): Promise<number> => {
  try {
    return await result
  } catch (error) {
    if (error instanceof SystemError) return error.errno
    throw error
  }
}
