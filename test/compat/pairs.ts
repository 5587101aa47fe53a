/**
 * The pairs of npm libraries, server and client. The programs are in `programs/`, as users write them: nothing in them knows on what
 * network they run. Each server exports `start(port)`, each client `visit(host, port)`, which gives the lines of its transcript;
 * started as a file, they read PORT and the command line instead.
 */
export interface Pair {
  readonly name: string
  readonly port: number
  /** What a server reads of its environment, by the address it is reached at. */
  readonly env?: (address: string) => Readonly<Record<string, string>>
  /** The server starts from a database that was made once. */
  readonly usesDump?: boolean
}

/** On the kernel two suites may run at once; its own ports begin at 32768. */
const PASV_MIN = 20_000 + (process.pid % 1000) * 10

export const pairs: readonly Pair[] = [
  { name: 'express', port: 3000 },
  { name: 'fastify', port: 3000 },
  { name: 'ws', port: 8080 },
  { name: 'undici', port: 8080 },
  { name: 'ssh2', port: 22 },
  { name: 'ftp', port: 21, env: (address) => ({ PASV_URL: address, PASV_MIN: String(PASV_MIN) }) },
  { name: 'postgres', port: 5432, usesDump: true },
]

/** Where the pair runs: real processes on the kernel's loopback, program files on virtual hosts, functions on virtual hosts. */
export type Place = 'kernel' | 'spawn' | 'run'

export interface Case {
  readonly place: Place
  readonly isLossy: boolean
}

/** The kernel's run comes first: it proves the programs right, and its transcript is what the others must give. */
export const cases: readonly Case[] = [
  { place: 'kernel', isLossy: false },
  { place: 'spawn', isLossy: false },
  { place: 'spawn', isLossy: true },
  { place: 'run', isLossy: false },
  { place: 'run', isLossy: true },
]

export const titleOf = ({ place, isLossy }: Case): string => {
  if (place === 'kernel') return 'on the kernel'
  const how = place === 'spawn' ? 'as program files' : 'as functions'
  return `${how} on two hosts${isLossy ? ', 2 % loss and 20 ms' : ''}`
}
