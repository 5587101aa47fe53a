/** TCP states as ss names them; a state is bit number `state` of a set. */

const NAMES: readonly string[] = [
  'UNKNOWN',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
]

export const stateName = (state: number): string => NAMES[state] ?? 'UNKNOWN'

const bits = (...states: readonly number[]): number => states.reduce((set, state) => set | (1 << state), 0)

export const ALL_STATES: number = bits(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
/** What ss shows unless told otherwise: no listeners, unconnected, TIME-WAIT and half-open ones. */
export const CONNECTED: number = ALL_STATES & ~bits(10, 7, 6, 3)

const WORDS: Readonly<Record<string, number>> = {
  all: ALL_STATES,
  connected: ALL_STATES & ~bits(7, 10),
  synchronized: ALL_STATES & ~bits(7, 10, 2),
  bucket: bits(3, 6),
  big: ALL_STATES & ~bits(3, 6),
  established: bits(1),
  'syn-sent': bits(2),
  'syn-recv': bits(3),
  'syn-rcv': bits(3),
  'fin-wait-1': bits(4),
  'fin-wait-2': bits(5),
  'time-wait': bits(6),
  close: bits(7),
  closed: bits(7),
  unconnected: bits(7),
  'close-wait': bits(8),
  'last-ack': bits(9),
  listening: bits(10),
  closing: bits(11),
}

/** The message is the word that names no state. */
export class StateError extends Error {}

export const scanState = (word: string): number => {
  const found = WORDS[word.toLowerCase()]
  if (found === undefined) throw new StateError(word)
  return found
}
