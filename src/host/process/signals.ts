/** Signals of signal(7): numbers as on x86-64 and what each does by default. */

export const Signal = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const
export type SignalName = keyof typeof Signal

export const SIGNAL_MAX = 31

const names: readonly (SignalName | undefined)[] = (() => {
  const list: (SignalName | undefined)[] = []
  for (const [name, number] of Object.entries(Signal)) list[number] = name as SignalName
  return list
})()

/** strsignal(3), which is also what bash prints for a job that a signal ended. */
const texts: Readonly<Record<SignalName, string>> = {
  SIGHUP: 'Hangup',
  SIGINT: 'Interrupt',
  SIGQUIT: 'Quit',
  SIGILL: 'Illegal instruction',
  SIGTRAP: 'Trace/breakpoint trap',
  SIGABRT: 'Aborted',
  SIGBUS: 'Bus error',
  SIGFPE: 'Floating point exception',
  SIGKILL: 'Killed',
  SIGUSR1: 'User defined signal 1',
  SIGSEGV: 'Segmentation fault',
  SIGUSR2: 'User defined signal 2',
  SIGPIPE: 'Broken pipe',
  SIGALRM: 'Alarm clock',
  SIGTERM: 'Terminated',
  SIGSTKFLT: 'Stack fault',
  SIGCHLD: 'Child exited',
  SIGCONT: 'Continued',
  SIGSTOP: 'Stopped (signal)',
  SIGTSTP: 'Stopped',
  SIGTTIN: 'Stopped (tty input)',
  SIGTTOU: 'Stopped (tty output)',
  SIGURG: 'Urgent I/O condition',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'File size limit exceeded',
  SIGVTALRM: 'Virtual timer expired',
  SIGPROF: 'Profiling timer expired',
  SIGWINCH: 'Window changed',
  SIGIO: 'I/O possible',
  SIGPWR: 'Power failure',
  SIGSYS: 'Bad system call',
}

/** `SIGTERM` for 15; null for no signal of this table. */
export const signalName = (signal: number): SignalName | null => names[signal] ?? null

export const signalText = (signal: number): string => {
  const name = names[signal]
  return name === undefined ? `Unknown signal ${signal}` : texts[name]
}

/** `TERM`, `SIGTERM`, `term` or `15`, as kill(1) takes them; null for nonsense. 0 is the null signal. */
export const parseSignal = (text: string): number | null => {
  if (/^\d+$/.test(text)) return Number(text) <= SIGNAL_MAX ? Number(text) : null
  const upper = text.toUpperCase()
  const name = (upper.startsWith('SIG') ? upper : `SIG${upper}`) as SignalName
  return Signal[name] ?? null
}

export type DefaultAction = 'terminate' | 'ignore' | 'stop' | 'continue'

export const defaultAction = (signal: number): DefaultAction => {
  switch (signal) {
    case Signal.SIGCHLD:
    case Signal.SIGURG:
    case Signal.SIGWINCH:
      return 'ignore'
    case Signal.SIGSTOP:
    case Signal.SIGTSTP:
    case Signal.SIGTTIN:
    case Signal.SIGTTOU:
      return 'stop'
    case Signal.SIGCONT:
      return 'continue'
    default:
      return 'terminate'
  }
}

/** What a process does upon a signal: a function runs as a callback of its own. */
export interface SignalHandler {
  readonly run: (signal: number) => void
  /** SA_RESTART: calls that wait go on waiting, where signal(7) says they may. */
  readonly restart: boolean
}
export type Disposition = 'default' | 'ignore' | SignalHandler

/** Bit of a signal in a mask. */
const bit = (signal: number): number => 1 << (signal - 1)

/** The signals of one process: dispositions, mask, what is pending. */
export class SignalState {
  readonly #dispositions: (Disposition | undefined)[] = []
  blocked = 0
  pending = 0

  get(signal: number): Disposition {
    return this.#dispositions[signal] ?? 'default'
  }

  set(signal: number, disposition: Disposition): void {
    this.#dispositions[signal] = disposition
  }

  isBlocked(signal: number): boolean {
    // SIGKILL and SIGSTOP cannot be blocked (sigprocmask(2)).
    return signal !== Signal.SIGKILL && signal !== Signal.SIGSTOP && (this.blocked & bit(signal)) !== 0
  }

  isPending(signal: number): boolean {
    return (this.pending & bit(signal)) !== 0
  }

  markPending(signal: number): void {
    this.pending |= bit(signal)
  }

  clearPending(signal: number): void {
    this.pending &= ~bit(signal)
  }

  /** Nothing would happen: ignored, or by default nothing. */
  ignores(signal: number): boolean {
    const disposition = this.get(signal)
    return disposition === 'ignore' || (disposition === 'default' && defaultAction(signal) === 'ignore')
  }

  /** For a child: ignored signals and the mask are kept through fork and exec, handlers become the default. */
  inherit(): SignalState {
    const copy = new SignalState()
    for (let signal = 1; signal <= SIGNAL_MAX; signal++) if (this.get(signal) === 'ignore') copy.set(signal, 'ignore')
    copy.blocked = this.blocked
    return copy
  }

  /** The mask of `signals`. */
  static mask(signals: readonly number[]): number {
    let mask = 0
    for (const signal of signals) mask |= bit(signal)
    return mask
  }
}
