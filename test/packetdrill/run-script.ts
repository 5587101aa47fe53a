import { nodePlatform } from '../../src/node/platform.ts'
import {
  type IpVersion,
  parseScript,
  type RunOptions,
  runScript,
  ScriptError,
  setupOf,
} from '../../src/packetdrill/index.ts'

/** Null when the script runs to its end, else what the command would print. */
export const outcome = async (
  text: string,
  version: IpVersion = 'ipv4',
  options: RunOptions = {},
): Promise<string | null> => {
  try {
    const script = parseScript(text)
    await runScript(script, setupOf(script.options, version), { platform: nodePlatform(), ...options })
    return null
  } catch (error) {
    if (error instanceof ScriptError) return error.describe('x.pkt')
    throw error
  }
}
