/** What an editor asks of a completer. */

export interface Candidate {
  /** What stands in the line: quoted where it must be, with the `/` of a directory. */
  readonly text: string
  /** What a list shows. */
  readonly shown: string
}

export interface Completion {
  /** Where the word begins in the text before the cursor. */
  readonly start: number
  readonly candidates: readonly Candidate[]
  /** What to put in its place: all of the only candidate, or what they begin with. */
  readonly common: string
}

/** Completes the last word of a text. */
export type Completer = (before: string) => Promise<Completion> | Completion

/** The longest beginning that all have. */
export const commonStart = (texts: readonly string[]): string => {
  let common = texts[0] ?? ''
  for (const text of texts) {
    let n = 0
    while (n < common.length && common[n] === text[n]) n++
    common = common.slice(0, n)
  }
  return common
}
