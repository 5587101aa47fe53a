/** One case of what Linux gives back. */
export interface Row {
  /** Stable: never given to another case. */
  readonly id: string
  readonly title: string
  readonly script: string
}

/** L listens at 127.0.0.1:5000, c is connected to it, s accepted. */
export const PAIR = `
  l = tcp
  bind l 127.0.0.1:5000 -> 0
  listen l 8 -> 0
  c = tcp
  connect c 127.0.0.1:5000 -> EINPROGRESS
  connect c 127.0.0.1:5000 -> 0
  accept l s -> ok`
