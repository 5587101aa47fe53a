/** `/etc/resolv.conf`: which name servers to ask, and how (resolv.conf(5)). */
import { parseScoped } from '../../wire/parse.ts'

export interface ResolvConf {
  /** Addresses, with `%zone` where one was given; at most three, as in glibc (MAXNS). */
  readonly nameservers: readonly string[]
  /** Domains to append, in order. */
  readonly search: readonly string[]
  /** A name with so many dots is asked for as it is first. */
  readonly ndots: number
  /** Seconds to wait for an answer in the first round. */
  readonly timeout: number
  /** Rounds over the servers. */
  readonly attempts: number
  /** Start with another server each time. */
  readonly rotate: boolean
}

const MAX_SERVERS = 3

/** Number options: default and the greatest value that glibc takes. */
const NUMBERS = { ndots: [1, 15], timeout: [5, 30], attempts: [2, 5] } as const

/** The text of a host's `/etc/resolv.conf`. */
export function resolvConfText(nameservers: readonly string[] = [], search: readonly string[] = []): string {
  const lines = nameservers.map((server) => `nameserver ${server}\n`)
  return (search.length === 0 ? '' : `search ${search.join(' ')}\n`) + lines.join('')
}

/** Reads the file. Of `domain` and `search` the last line counts; what is unknown or malformed is passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = []
  const numbers = { ndots: 1, timeout: 5, attempts: 2 }
  let search: string[] = []
  let rotate = false
  for (const line of text.split('\n')) {
    // A comment starts in the first column only; glibc reads a keyword there, too, and nowhere else.
    const [keyword, ...values] = line.split(/[ \t\r]+/)
    const [value] = values
    if (value === undefined || value === '') continue
    if (keyword === 'nameserver') {
      if (parseScoped(value) !== null && nameservers.length < MAX_SERVERS) nameservers.push(value)
    } else if (keyword === 'domain') search = [value]
    else if (keyword === 'search') search = values.filter((domain) => domain !== '')
    else if (keyword === 'options') {
      if (values.includes('rotate')) rotate = true
      for (const option of values) readNumber(option, numbers)
    }
  }
  return { nameservers, search, ...numbers, rotate }
}

function readNumber(option: string, numbers: { ndots: number; timeout: number; attempts: number }): void {
  const match = /^(ndots|timeout|attempts):([0-9]+)/.exec(option)
  if (match === null) return
  const name = match[1] as keyof typeof NUMBERS
  const least = name === 'ndots' ? 0 : 1
  numbers[name] = Math.max(least, Math.min(Number(match[2]), NUMBERS[name][1]))
}
