/** How a process ended or changed: what waitpid(2) tells. */
export type WaitStatus =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: number }
  | { readonly kind: 'stopped'; readonly signal: number }
  | { readonly kind: 'continued' }

export interface WaitResult {
  readonly pid: number
  readonly status: WaitStatus
}

export const WNOHANG = 1
export const WUNTRACED = 2
export const WCONTINUED = 8

/** `$?` of a shell: the exit code, or 128 plus the signal. */
export const exitCodeOf = (status: WaitStatus): number => {
  switch (status.kind) {
    case 'exited':
      return status.code
    case 'signaled':
    case 'stopped':
      return 128 + status.signal
    case 'continued':
      return 0
  }
}
