/**
 * Terminals: keys, screen, line discipline, window size, foreground process group.
 *
 * The rule that a background process may not read (SIGTTIN) is the process's gate: it knows the caller, a terminal does not.
 */

export { ByteQueue } from './byte-queue.ts'
export { type KeySignal, LineDiscipline } from './line-discipline.ts'
export { Terminal, TerminalFile, type TerminalHost } from './terminal.ts'
export { defaultTermios, rawTermios, type Termios } from './termios.ts'
