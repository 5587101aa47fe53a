/** Writing of the network programs: their complaints have shapes of their own, and a closed pipe just ends them. */
import type { Process } from '../host/index.ts'
import { writeTo } from './core/output.ts'

const encoder = new TextEncoder()

/** Write all of it to standard output; false when nobody reads any more. */
export const writeOut = async (proc: Process, text: string): Promise<boolean> =>
  text === '' || (await writeTo(proc, 1, encoder.encode(text))) >= 0

/** Text on standard error as it is. */
export const complainText = async (proc: Process, text: string): Promise<void> => {
  if (text !== '') await writeTo(proc, 2, encoder.encode(text))
}
