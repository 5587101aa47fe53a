/** What a command line of lsof asks for, and how it can be wrong. */
export type Protocol = 'tcp' | 'udp'

export interface PortSpan {
  readonly from: number
  readonly to: number
  /** A service's name counts for the protocols that have it. */
  readonly protocol: Protocol | null
}

/** What `-i [46][protocol][@host][:ports]` selects. */
export interface AddressSpec {
  readonly text: string
  readonly family: 4 | 6 | null
  readonly protocol: Protocol | null
  readonly addresses: readonly string[] | null
  readonly ports: readonly PortSpan[] | null
}

export interface Selector<T> {
  /** As it was written, for -V. */
  readonly text: string
  readonly exclude: boolean
  readonly matches: (value: T) => boolean
}

/** What the command line asks for. */
export interface LsofOptions {
  /** -a: all selections must hold; else any. */
  and: boolean
  /** -i: null not given; an empty list is any internet file. */
  inet: AddressSpec[] | null
  unix: boolean
  pids: Selector<number>[]
  pgids: Selector<number>[]
  showPgid: boolean
  showPpid: boolean
  users: Selector<number>[]
  commands: Selector<string>[]
  fds: Selector<string | number>[]
  states: { readonly state: string; readonly exclude: boolean }[]
  names: string[]
  /** --where, not Linux's: a column with the program's lines. */
  where: boolean
  numericHosts: boolean
  numericPorts: boolean
  numericUsers: boolean
  terse: boolean
  /** -Q: nothing found is no failure. */
  quiet: boolean
  /** -V: tell what was not found. */
  verbose: boolean
  /** -F: the fields' letters; null without. */
  fields: string | null
  /** -F...0: fields end in NUL, sets in a newline. */
  nul: boolean
  commandWidth: number
  /** -s, -o: what SIZE/OFF shows. */
  sizes: 'both' | 'size' | 'offset'
  /** -T: what NAME tells of TCP beside the ends; null: nothing (plain -T). */
  tcp: { readonly state: boolean; readonly queues: boolean } | null
  /** -r, +r: seconds between reports. `+r` ends when nothing is listed. */
  repeat: { readonly seconds: number; readonly untilNone: boolean } | null
}

/** A wrong command line: what lsof says of it. */
export class UsageError extends Error {}

/** -h, -v and -F?: text and success. */
export class Information extends Error {
  readonly kind: 'help' | 'version' | 'fields'

  constructor(kind: 'help' | 'version' | 'fields') {
    super(kind)
    this.kind = kind
  }
}

export const blank = (): LsofOptions => ({
  and: false,
  inet: null,
  unix: false,
  pids: [],
  pgids: [],
  showPgid: false,
  showPpid: false,
  users: [],
  commands: [],
  fds: [],
  states: [],
  names: [],
  where: false,
  numericHosts: false,
  numericPorts: false,
  numericUsers: false,
  terse: false,
  quiet: false,
  verbose: false,
  fields: null,
  nul: false,
  commandWidth: 9,
  sizes: 'both',
  tcp: { state: true, queues: false },
  repeat: null,
})
