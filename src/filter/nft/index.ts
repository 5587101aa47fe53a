/** nft's language: commands and ruleset files in, listings out, with the words and complaints of nftables 1.0.6. */
import type { Firewall } from '../firewall.ts'
import { Commands } from './commands.ts'
import { Cursor } from './cursor.ts'
import { errorText, NftError } from './lexer.ts'

export { printRule, printTable } from './print.ts'

export interface NftOptions {
  /** `-a`. */
  readonly handles?: boolean
  /** The file that the text is of; null or absent: the command line. */
  readonly file?: string | null
  /** `-c`: only check. */
  readonly check?: boolean
  /** Port of a service by name, negative if unknown. */
  readonly service?: (name: string) => number
}

export interface NftResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Run commands: all of them take effect, or none. */
export const runNft = (firewall: Firewall, text: string, options: NftOptions = {}): NftResult => {
  const { handles = false, file = null, check = false, service } = options
  const { interfaces } = firewall.ip
  const known = service === undefined ? { interfaces } : { interfaces, service }
  const before = firewall.snapshot()
  try {
    const commands = new Commands(firewall, new Cursor(text), known, handles).read()
    let stdout = ''
    for (const command of commands) stdout += command()
    if (check) firewall.restore(before)
    firewall.commit()
    return { stdout, stderr: '', code: 0 }
  } catch (error) {
    if (!(error instanceof NftError)) throw error
    firewall.restore(before)
    firewall.commit()
    return { stdout: '', stderr: errorText(error, text, file), code: 1 }
  }
}
