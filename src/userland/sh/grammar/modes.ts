/** How the characters of a stretch of text are read: what ends it and which quotes work in it. */
export interface WordMode {
  /** Unquoted characters that end it. */
  readonly stops: string
  /** `'…'` and `$'…'` quote. */
  readonly single: boolean
  /** `"…"` quotes. */
  readonly double: boolean
  /** The characters a backslash quotes; undefined: any. Before others it stands for itself. */
  readonly escapes: string | undefined
  /** Inside double quotes or a here-document: `${x:-…}` then reads its word as quoted too. */
  readonly quoted: boolean
}

export const COMMAND_WORD: WordMode = {
  stops: ' \t\n|&;()<>',
  single: true,
  double: true,
  escapes: undefined,
  quoted: false,
}
/** The right side of `=~`. */
export const REGEX_WORD: WordMode = { ...COMMAND_WORD, stops: ' \t\n' }
export const IN_DOUBLE: WordMode = { stops: '"', single: false, double: false, escapes: '$`"\\', quoted: true }
export const IN_ARITHMETIC: WordMode = { stops: '', single: false, double: true, escapes: '$`"\\', quoted: true }
export const HERE_DOCUMENT: WordMode = { stops: '', single: false, double: false, escapes: '$`\\', quoted: true }
