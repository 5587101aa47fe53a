/** The socket tables of netstat(8): /proc/net/tcp and its like, column for column. */
import { NI_DGRAM, NI_NUMERICHOST, NI_NUMERICSERV, type Process } from '../../host/index.ts'
import type { RowEnd, SocketRow } from '../../socket/row.ts'
import { ANY4 } from '../../wire/address.ts'
import { padEnd, padStart } from '../table.ts'

export type Has = (letter: string) => boolean

const AF_INET6 = 10
const CONNECTED = 1
const UNCONNECTED = 7
const LISTENING = 10

const STATES: Readonly<Record<number, string>> = {
  1: 'ESTABLISHED',
  2: 'SYN_SENT',
  3: 'SYN_RECV',
  4: 'FIN_WAIT1',
  5: 'FIN_WAIT2',
  6: 'TIME_WAIT',
  7: 'CLOSE',
  8: 'CLOSE_WAIT',
  9: 'LAST_ACK',
  10: 'LISTEN',
  11: 'CLOSING',
}
const TYPES: Readonly<Record<number, string>> = { 1: 'STREAM', 2: 'DGRAM', 5: 'SEQPACKET' }

const titleEnd = (has: Has): string =>
  has('a') ? '(servers and established)' : has('l') ? '(only servers)' : '(w/o servers)'

/** -a: all; -l: those that wait; neither: those that have somebody at the other end. */
const isWanted = (has: Has, isServer: boolean): boolean => has('a') || has('l') === isServer

const userOf = (proc: Process, { owners }: SocketRow): string => {
  const owner = owners.find(({ uid }) => proc.privileged || uid === proc.uid)
  return owner === undefined ? '-' : `${owner.pid}/${owner.command}`
}

const protocolName = (proc: Process, number: number): string =>
  new RegExp(`^(\\S+)\\s+${number}\\s`, 'm').exec(proc.host.names.file('/etc/protocols') ?? '')?.[1] ?? `${number}`

/** Addresses and ports as text, names looked up once each. */
class Ends {
  readonly #proc: Process
  readonly #has: Has
  readonly #names = new Map<string, string>()

  constructor(proc: Process, has: Has) {
    this.#proc = proc
    this.#has = has
  }

  async text({ protocol, family }: SocketRow, { address, port }: RowEnd): Promise<string> {
    const isNumeric = this.#has('n')
    const isRaw = protocol === 'raw'
    const service =
      port === 0
        ? '*'
        : isNumeric
          ? `${port}`
          : isRaw
            ? protocolName(this.#proc, port)
            : await this.#service(protocol, port)
    const any = family === AF_INET6 ? (isNumeric ? '::' : '[::]') : '0.0.0.0'
    const host = address === null || address.isUnspecified ? any : await this.#host(address.unmapped())
    const room = 22 - service.length
    return `${this.#has('W') || host.length <= room ? host : host.slice(0, room)}:${service}`
  }

  async #host(address: NonNullable<RowEnd['address']>): Promise<string> {
    const number = `${address}`
    if (this.#has('n')) return number
    const known = this.#names.get(number)
    if (known !== undefined) return known
    const { host } = await this.#proc.promises.getnameinfo(address, 0, NI_NUMERICSERV)
    this.#names.set(number, host)
    return host
  }

  async #service(protocol: string, port: number): Promise<string> {
    const flags = NI_NUMERICHOST | (protocol === 'udp' ? NI_DGRAM : 0)
    return (await this.#proc.promises.getnameinfo(ANY4, port, flags)).service
  }
}

const inetLine = async (proc: Process, has: Has, ends: Ends, row: SocketRow): Promise<string> => {
  const { protocol, family, state, recvQ, sendQ, uid, inode } = row
  const isListener = protocol === 'tcp' && state === LISTENING
  const name = `${protocol}${family === AF_INET6 ? '6' : ''}`
  const stateName =
    protocol === 'raw' ? `${state}` : protocol === 'udp' && state !== CONNECTED ? '' : (STATES[state] ?? '')
  const cells = [
    `${padEnd(name, 4)}  ${padStart(`${recvQ}`, 6)} ${padStart(`${isListener ? 0 : sendQ}`, 6)}`,
    padEnd(await ends.text(row, row.local), 23),
    padEnd(await ends.text(row, row.remote), 23),
    padEnd(stateName, 11),
  ]
  if (has('e')) cells.push(padEnd(has('n') ? `${uid}` : proc.host.userName(uid), 10), padEnd(`${inode}`, 10))
  if (has('p')) cells.push(padEnd(userOf(proc, row).slice(0, 20), 20))
  return `${cells.join(' ')}\n`
}

export const inetTable = async (proc: Process, has: Has, protocols: readonly string[]): Promise<string> => {
  const rows = proc.host.sockets()
  let text =
    `Active Internet connections ${titleEnd(has)}\n` +
    'Proto Recv-Q Send-Q Local Address           Foreign Address         State      ' +
    `${has('e') ? ' User       Inode     ' : ''}${has('p') ? ' PID/Program name    ' : ''}\n`
  const ends = new Ends(proc, has)
  const families = has('4') === has('6') ? [2, AF_INET6] : [has('4') ? 2 : AF_INET6]
  for (const protocol of protocols)
    for (const family of families) {
      const all = rows.filter((row) => row.protocol === protocol && row.family === family)
      // A TCP socket that does nothing yet is in no table of the kernel's.
      const known = all.filter((row) => protocol !== 'tcp' || row.state !== UNCONNECTED)
      const isServer = (row: SocketRow): boolean =>
        protocol === 'tcp' ? row.state === LISTENING : row.remote.address === null || row.remote.address.isUnspecified
      const shown = known.filter((row) => isWanted(has, isServer(row)))
      // Listeners have a hash table of their own, which is read first.
      if (protocol === 'tcp') shown.sort((a, b) => Number(isServer(b)) - Number(isServer(a)))
      for (const row of shown) text += await inetLine(proc, has, ends, row)
    }
  return text
}

const unixLine = (proc: Process, has: Has, row: SocketRow): string => {
  const { state, type, inode, local } = row
  const isServer = state === LISTENING
  const path = (local.path ?? '').replace(/^\0/, '@')
  const stateName = isServer ? 'LISTENING' : state !== CONNECTED ? '' : inode === 0 ? 'CONNECTING' : 'CONNECTED'
  return (
    `unix  ${padEnd(state === CONNECTED ? '3' : '2', 6)} ${padEnd(isServer ? '[ ACC ]' : '[ ]', 11)} ` +
    `${padEnd(TYPES[type] ?? 'UNKNOWN', 10)} ` +
    `${padEnd(stateName, 13)} ${padEnd(`${inode}`, 8)} ` +
    `${has('p') ? `${padEnd(userOf(proc, row).slice(0, 20), 20)} ` : ''}${path}\n`
  )
}

export const unixTable = (proc: Process, has: Has): string => {
  const head =
    `Active UNIX domain sockets ${titleEnd(has)}\n` +
    `Proto RefCnt Flags       Type       State         I-Node   ${has('p') ? 'PID/Program name     ' : ''}Path\n`
  const rows = proc.host.sockets().filter(({ protocol }) => protocol === 'unix')
  // Here only what listens counts as a server.
  const shown = rows.filter(({ state }) => isWanted(has, state === LISTENING))
  return head + shown.map((row) => unixLine(proc, has, row)).join('')
}
