/**
 * telnet(1) as inetutils 2.4 has it: talk to a port, with a prompt behind ^].
 *
 * `engine.ts` is the protocol without sockets, `options.ts` its negotiation, `client.ts` connection and terminal, `commands.ts`
 * the prompt. Left out: LINEMODE, ENVIRON, encryption, authentication, ~/.telnetrc: a server's offers of them are refused.
 */
import type { Process, Program } from '../../host/index.ts'
import { parseArguments } from '../args.ts'
import { Client, controlName, familyOf, parseCharacter } from './client.ts'
import { prompt } from './commands.ts'

const EX_USAGE = 64

export const program: Program = {
  name: 'telnet',
  async main(proc) {
    const client = new Client(proc)
    const args = parseArguments('telnet', proc.argv.slice(1), {
      short: '468b:ce:EKL',
      long: {
        ipv4: '4',
        ipv6: '6',
        binary: '8',
        bind: { as: 'b', argument: 'required' },
        'no-rc': 'c',
        escape: { as: 'e', argument: 'required' },
        'no-escape': 'E',
        'no-login': 'K',
        'binary-output': 'L',
      },
    })
    if (args.error !== undefined) {
      await client.complain(`${args.error}\nTry 'telnet --help' or 'telnet --usage' for more information.\n`)
      return EX_USAGE
    }
    const value = (name: string): string | undefined => args.options.findLast((option) => option.name === name)?.value
    const has = (name: string): boolean => args.options.some((option) => option.name === name)
    if (args.operands.length > 2) {
      await client.complain('telnet: too many arguments\n')
      return 1
    }
    if (has('E')) client.escape = null
    const character = value('e')
    if (character !== undefined) {
      client.escape = parseCharacter(character)
      await client.print(`Telnet escape character is '${controlName(client.escape)}'.\n`)
    }
    client.binaryIn = has('8')
    client.binaryOut = has('8') || has('L')
    const [host, port = '23'] = args.operands
    if (host === undefined) return await interactive(proc, client)
    const target = { host, port, family: familyOf(has('4'), has('6')), bind: value('b') ?? null }
    if (!(await client.open(target))) return 1
    await talk(client)
    return 0
  },
}

/** Without a host: prompt, connect, prompt again. */
const interactive = async (_proc: Process, client: Client): Promise<number> => {
  for (;;) {
    if ((await prompt(client)) === 'end') return 0
    if (client.isConnected && (await talk(client))) return 0
  }
}

/** Sessions and prompts in turn, as long as the connection lasts. True: the user wants to end the program. */
const talk = async (client: Client): Promise<boolean> => {
  while (client.isConnected) {
    const left = await client.session()
    if (left !== 'escape') {
      client.disconnect()
      await client.complain('Connection closed by foreign host.\n')
      return left === 'eof'
    }
    await client.print('\n')
    if ((await prompt(client)) === 'end') return true
  }
  return false
}
