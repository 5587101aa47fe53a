/** What every `ip` command has: its options, the host's IP layer, words to read, and the ways to fail. */
import type { Process } from '../../host/index.ts'
import { Ip } from '../../ip/index.ts'
import type { NetworkInterface } from '../../link/interface.ts'
import { type Address, ANY4, ANY6, type Family } from '../../wire/address.ts'
import { EPERM, strerror } from '../../wire/errno.ts'
import { addressBits, parseAddress, parseCidr } from '../../wire/parse.ts'

/** Ends the program: text for standard error, without the last newline, and an exit code. */
export class Failure extends Error {
  readonly code: number

  constructor(text: string, code: number) {
    super(text)
    this.code = code
  }
}

/** What the kernel refused: exit code 2. */
export const refused = (error: number): Failure => new Failure(`RTNETLINK answers: ${strerror(error)}`, 2)
/** The kernel said it in words of its own (extended acknowledgement). */
export const explained = (text: string): Failure => new Failure(`Error: ${text}`, 2)
// utils.c: invarg, duparg2, incomplete_command.
export const invalidArgument = (text: string, word: string): Failure =>
  new Failure(`Error: argument "${word}" is wrong: ${text}\n`, 255)
export const garbage = (key: string, word: string): Failure =>
  new Failure(`Error: either "${key}" is duplicate, or "${word}" is a garbage.`, 255)
export const incomplete = (): Failure => new Failure('Command line is not complete. Try option "help"', 255)
export const noDevice = (name: string): Failure => new Failure(`Cannot find device "${name}"`, 1)

export interface IpOptions {
  /** 0: both. */
  family: Family | 0
  brief: boolean
  oneline: boolean
  statistics: boolean
}

export interface Prefix {
  readonly address: Address
  readonly length: number
  /** A length was written. */
  readonly written: boolean
}

export class Context {
  readonly proc: Process
  readonly options: IpOptions
  readonly ip: Ip
  out = ''
  err = ''

  constructor(proc: Process, options: IpOptions, ip: Ip) {
    this.proc = proc
    this.options = options
    this.ip = ip
  }

  /** A line end inside of what is one record: a backslash with -oneline. */
  get nl(): string {
    return this.options.oneline ? '\\' : '\n'
  }

  print(text: string): void {
    this.out += text
  }

  find(name: string): NetworkInterface | undefined {
    return this.ip.interfaces.find((one) => one.name === name)
  }

  /** For commands that change: `Cannot find device`. */
  device(name: string): NetworkInterface {
    const found = this.find(name)
    if (found === undefined) throw noDevice(name)
    return found
  }

  /** For commands that look. */
  shownDevice(name: string): NetworkInterface {
    const found = this.find(name)
    if (found === undefined) throw new Failure(`Device "${name}" does not exist.`, 1)
    return found
  }

  /** CAP_NET_ADMIN. */
  demandRoot(): void {
    if (!this.proc.privileged) throw refused(-EPERM)
  }

  wants(family: Family): boolean {
    return this.options.family === 0 || this.options.family === family
  }

  address(word: string): Address {
    const { family } = this.options
    const address = parseAddress(word)
    if (address !== null && (family === 0 || family === address.family)) return address
    throw new Failure(`Error: ${familyName(family)} address is expected rather than "${word}".`, 1)
  }

  prefix(word: string): Prefix {
    const { family } = this.options
    if (word === 'default' || word === 'any' || word === 'all')
      return { address: family === 6 ? ANY6 : ANY4, length: 0, written: true }
    const cidr = word.includes('/') ? parseCidr(word) : null
    if (cidr !== null && (family === 0 || family === cidr.address.family)) return { ...cidr, written: true }
    const address = word.includes('/') ? null : parseAddress(word)
    if (address !== null && (family === 0 || family === address.family))
      return { address, length: addressBits(address.family), written: false }
    throw new Failure(
      `Error: ${family === 0 ? 'any valid' : familyName(family)} prefix is expected rather than "${word}".`,
      1,
    )
  }
}

const familyName = (family: Family | 0): string => (family === 0 ? 'any valid' : family === 4 ? 'inet' : 'inet6')

/** Words of a command line, read one after the other. */
export class Words {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get more(): boolean {
    return this.#at < this.#words.length
  }

  take(): string {
    const word = this.#words[this.#at++]
    if (word === undefined) throw incomplete()
    return word
  }
}

/** utils.c matches(): a word and any beginning of it. */
export const matches = (word: string, ...names: readonly string[]): boolean =>
  word !== '' && names.some((name) => name.startsWith(word))

/** A whole number that fits into 32 bits, or null. */
export const parseNumber = (word: string): number | null => {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : Number.NaN
  return value <= 0xffff_ffff ? value : null
}

/** `10.0.0.0/24`, `10.0.0.1`, `default`: how routes name a destination. */
export const prefixText = (address: Address, length: number): string =>
  length === 0 ? 'default' : length === addressBits(address.family) ? `${address}` : `${address}/${length}`

/** The host's own IP layer, or null on a host that stands on another. */
export const ipOf = (proc: Process): Ip | null => {
  const { ip } = proc.host.stack
  return ip instanceof Ip ? ip : null
}
