/** What can be said at `telnet> `. */
import { Signal } from '../../host/index.ts'
import { AF_UNSPEC } from '../../socket/constants.ts'
import { type Client, controlName, familyOf, parseCharacter } from './client.ts'
import { ABORT, AO, AYT, BRK, EC, EL, EOF, EOR, GA, IP, NOP, Option, SUSP } from './codes.ts'

/** Where the prompt goes on: asks again, goes back to the session (if there is one), or ends the program. */
export type After = 'again' | 'session' | 'end'

interface Command {
  readonly name: string
  readonly help: string
  /** Left out of the list. */
  readonly hidden?: boolean
  run(client: Client, args: readonly string[]): Promise<After>
}

const SENDS: readonly (readonly [string, number | null, string])[] = [
  ['ao', AO, 'Send Telnet Abort output'],
  ['ayt', AYT, "Send Telnet 'Are You There'"],
  ['brk', BRK, 'Send Telnet Break'],
  ['ec', EC, 'Send Telnet Erase Character'],
  ['el', EL, 'Send Telnet Erase Line'],
  ['escape', null, 'Send current escape character'],
  ['ga', GA, "Send Telnet 'Go Ahead' sequence"],
  ['ip', IP, 'Send Telnet Interrupt Process'],
  ['nop', NOP, "Send Telnet 'No operation'"],
  ['eor', EOR, "Send Telnet 'End of Record'"],
  ['abort', ABORT, "Send Telnet 'Abort Process'"],
  ['susp', SUSP, "Send Telnet 'Suspend Process'"],
  ['eof', EOF, 'Send Telnet End of File Character'],
  ['synch', null, "Perform Telnet 'Synch operation'"],
  ['?', null, 'Display send options'],
]

/** The one that is meant by an abbreviation; null: several. */
const pick = <T>(all: readonly T[], nameOf: (one: T) => string, text: string): T | null | undefined => {
  const exact = all.find((one) => nameOf(one) === text)
  if (exact !== undefined) return exact
  const found = all.filter((one) => nameOf(one).startsWith(text))
  return found.length > 1 ? null : found[0]
}

const send = async (client: Client, args: readonly string[]): Promise<After> => {
  if (args.length === 0) {
    await client.print("need at least one argument for 'send' command\n'send ?' for help\n")
    return 'again'
  }
  const chosen: (readonly [string, number | null, string])[] = []
  for (const text of args) {
    const one = pick(SENDS, ([name]) => name, text)
    if (one === undefined || one === null) {
      await client.print(
        one === null
          ? `Ambiguous send argument '${text}'\n'send ?' for help.\n`
          : `Unknown send argument '${text}'\n'send ?' for help.\n`,
      )
      return 'again'
    }
    chosen.push(one)
  }
  if (chosen.some(([name]) => name === '?')) {
    await client.print(SENDS.map(([name, , text]) => `${name.padEnd(15)} ${text}\n`).join(''))
    return 'again'
  }
  if (!client.isConnected) {
    await client.print("?Need to be connected first.\n'send ?' for help\n")
    return 'again'
  }
  for (const [name, code] of chosen) {
    if (code !== null) client.engine.command(code)
    else if (name === 'synch') client.sendSynch()
    else if (client.escape !== null) client.sendByte(client.escape)
  }
  return 'session'
}

interface Toggle {
  readonly name: string
  readonly help: string
  /** `Will`/`Won't` and this. */
  readonly text: string
  get(client: Client): boolean
  set(client: Client, on: boolean): void
}

const TOGGLES: readonly Toggle[] = [
  {
    name: 'autoflush',
    help: 'flushing of output when sending interrupt characters',
    text: 'flush output when sending interrupt characters',
    get: (c) => c.autoflush,
    set: (c, on) => {
      c.autoflush = on
    },
  },
  {
    name: 'autosynch',
    help: 'automatic sending of interrupt characters in urgent mode',
    text: 'send interrupt characters in urgent mode',
    get: (c) => c.autosynch,
    set: (c, on) => {
      c.autosynch = on
    },
  },
  {
    name: 'crlf',
    help: 'sending carriage returns as telnet <CR><LF>',
    text: 'send carriage returns as telnet <CR><LF>',
    get: (c) => c.crlf,
    set: (c, on) => {
      c.crlf = on
      c.engine.crlf = on
    },
  },
  {
    name: 'crmod',
    help: 'mapping of received carriage returns',
    text: 'map carriage return on output',
    get: (c) => c.crmod,
    set: (c, on) => {
      c.crmod = on
      c.engine.crmod = on
    },
  },
  {
    name: 'localchars',
    help: 'local recognition of certain control characters',
    text: 'recognize certain control characters',
    get: (c) => c.localchars,
    set: (c, on) => {
      c.localchars = on
    },
  },
]

const toggleList = (verb: string): string =>
  `${TOGGLES.map(({ name, help }) => `${name.padEnd(15)} ${verb} ${help}\n`).join('')}\n${'?'.padEnd(15)} display help information\n`

const announce = (client: Client, toggle: Toggle): Promise<void> =>
  client.print(`${toggle.get(client) ? 'Will' : "Won't"} ${toggle.text}.\n`)

const unknown = async (client: Client, text: string, command: string): Promise<After> => {
  await client.print(`'${text}': unknown argument ('${command} ?' for help).\n`)
  return 'again'
}

const toggle = async (client: Client, args: readonly string[]): Promise<After> => {
  if (args.length === 0) {
    await client.print("Need an argument to 'toggle' command.  'toggle ?' for help.\n")
    return 'again'
  }
  for (const text of args) {
    if (text === '?') {
      await client.print(toggleList('toggle'))
      return 'again'
    }
    const found = pick(TOGGLES, ({ name }) => name, text)
    if (found === undefined || found === null) return await unknown(client, text, 'toggle')
    found.set(client, !found.get(client))
    await announce(client, found)
  }
  return 'session'
}

const SETTINGS = ['escape', ...TOGGLES.map(({ name }) => name)]

const setTo =
  (on: boolean) =>
  async (client: Client, args: readonly string[]): Promise<After> => {
    const command = on ? 'set' : 'unset'
    const [text, value] = args
    if (text === '?') {
      await client.print(
        `${'escape'.padEnd(15)} character to escape back to telnet command mode\n${toggleList(on ? 'enable' : 'disable')}`,
      )
      return 'again'
    }
    const name = text === undefined ? undefined : pick(SETTINGS, (one) => one, text)
    if (text !== undefined && (name === undefined || name === null)) return await unknown(client, text, command)
    const found = TOGGLES.find((one) => one.name === name)
    if (found !== undefined) {
      found.set(client, on && value !== 'off')
      await announce(client, found)
      return 'session'
    }
    if (name === undefined || (on && value === undefined)) {
      await client.print(
        on
          ? "Format is 'set Name Value'\n'set ?' for help.\n"
          : "Need an argument to 'unset' command.  'unset ?' for help.\n",
      )
      return 'again'
    }
    client.escape = on ? parseCharacter(value ?? '') : null
    await client.print(`escape character is '${controlName(client.escape)}'.\n`)
    return 'session'
  }

const status = async (client: Client): Promise<After> => {
  const mode = client.characterMode
    ? 'Operating in single character mode\nCatching signals locally\n'
    : 'Operating in obsolete linemode\n'
  await client.print(
    client.isConnected
      ? `Connected to ${client.hostname}.\n${mode}${client.remoteEcho ? 'Remote' : 'Local'} character echo\n`
      : 'No connection.\n',
  )
  await client.print(`Escape character is '${controlName(client.escape)}'.\n`)
  return 'session'
}

const display = async (client: Client, args: readonly string[]): Promise<After> => {
  const wanted = (name: string): boolean => args.length === 0 || args.some((arg) => name.startsWith(arg))
  for (const one of TOGGLES)
    if (wanted(one.name)) await client.print(`${one.get(client) ? 'will' : "won't"} ${one.text}.\n`)
  if (args.length === 0) await client.print('\n')
  if (wanted('escape')) await client.print(`${'escape'.padEnd(15)} [${controlName(client.escape)}]\n`)
  return 'session'
}

const close = async (client: Client): Promise<After> => {
  if (!client.isConnected) {
    await client.print('?Need to be connected first.\n')
    return 'again'
  }
  client.disconnect()
  await client.print('Connection closed.\n')
  return 'session'
}

const open = async (client: Client, args: readonly string[]): Promise<After> => {
  if (client.isConnected) {
    await client.print(`?Already connected to ${client.hostname}\n`)
    return 'again'
  }
  let rest = args
  if (rest.length === 0) {
    await client.print('(to) ')
    rest = words((await client.commandLine()) ?? '')
  }
  const families = rest.filter((arg) => arg === '-4' || arg === '-6')
  const [host, port = '23', ...more] = rest.filter((arg) => arg !== '-4' && arg !== '-6')
  if (host === undefined || host.startsWith('-') || more.length > 0) {
    await client.print('usage: open [-4] [-6] [-l user] [-b addr] [-a] host-name [port]\n')
    return 'again'
  }
  const family = families.length === 0 ? AF_UNSPEC : familyOf(families.at(-1) === '-4', true)
  return (await client.open({ host, port, family, bind: null })) ? 'session' : 'again'
}

/** Stop the whole job; it goes on here once somebody says `fg`. */
const suspend = async (client: Client): Promise<After> => {
  client.proc.kill(0, Signal.SIGTSTP)
  await client.proc.promises.sleep(0)
  client.engine.windowChanged()
  return 'session'
}

const mode = async (client: Client, args: readonly string[]): Promise<After> => {
  const kind = pick(['character', 'line'], (one) => one, args[0] ?? '?')
  if (kind === undefined || kind === null) {
    await client.print(`Unknown mode '${args[0] ?? ''}' ('mode ?' for help).\n`)
    return 'again'
  }
  if (!client.isConnected) {
    await client.print('?Need to be connected first.\n')
    return 'again'
  }
  for (const option of [Option.SGA, Option.ECHO]) client.engine.options.request('him', option, kind === 'character')
  return 'session'
}

const quit = async (client: Client): Promise<After> => {
  if (client.isConnected) await close(client)
  return 'end'
}

const help = async (client: Client, args: readonly string[]): Promise<After> => {
  if (args.length === 0) {
    const list = COMMANDS.filter(({ hidden }) => hidden !== true)
    const lines = list.map(({ name, help: text }) => `${name.padEnd(8)}\t${text}\n`)
    await client.print(`Commands may be abbreviated.  Commands are:\n\n${lines.join('')}`)
  }
  for (const text of args) {
    const found = pick(COMMANDS, ({ name }) => name, text)
    if (found === null) await client.print(`?Ambiguous help command ${text}\n`)
    else await client.print(found === undefined ? `?Invalid help command ${text}\n` : `${found.help}\n`)
  }
  return 'again'
}

const COMMANDS: readonly Command[] = [
  { name: 'close', help: 'close current connection', run: close },
  { name: 'display', help: 'display operating parameters', run: display },
  { name: 'mode', help: "try to enter line or character mode ('mode ?' for more)", run: mode },
  { name: 'open', help: 'connect to a site', run: open },
  { name: 'quit', help: 'exit telnet', run: quit },
  { name: 'send', help: "transmit special characters ('send ?' for more)", run: send },
  { name: 'set', help: "set operating parameters ('set ?' for more)", run: setTo(true) },
  { name: 'unset', help: "unset operating parameters ('unset ?' for more)", run: setTo(false) },
  { name: 'status', help: 'print status information', run: status },
  { name: 'toggle', help: "toggle operating parameters ('toggle ?' for more)", run: toggle },
  { name: 'z', help: 'suspend telnet', run: suspend },
  { name: '?', help: 'print help information', run: help },
  { name: 'help', help: 'print help information', hidden: true, run: help },
]

const words = (line: string): string[] => line.split(/[ \t\r]+/).filter((word) => word !== '')

/** Prompt until a command goes back to the session, or ends the program. */
export const prompt = async (client: Client): Promise<After> => {
  for (;;) {
    await client.print('telnet> ')
    const line = await client.commandLine()
    if (line === null) {
      await client.print('\n')
      return await quit(client)
    }
    const [name, ...args] = words(line)
    if (name === undefined) {
      if (client.isConnected) return 'session'
      continue
    }
    const command = pick(COMMANDS, (one) => one.name, name)
    if (command === undefined || command === null) {
      await client.print(command === null ? '?Ambiguous command\n' : '?Invalid command\n')
      continue
    }
    const after = await command.run(client, args)
    if (after !== 'again') return after
  }
}
