/** Columns that text takes on a terminal (wcwidth(3), for what people type): wide East Asian and emoji two, combining marks none. */

/** First and last of each wide range. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]
const COMBINING = /^(?:\p{Mn}|\p{Me}|\p{Cf})$/u

export const characterWidth = (character: string): number => {
  const code = character.codePointAt(0) as number
  // Shown as ^X.
  if (code < 32 || code === 127) return 2
  if (code < 0x300) return 1
  if (COMBINING.test(character)) return 0
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

export const textWidth = (text: string): number => {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** A character as the editor shows it. */
export const visible = (character: string): string => {
  const code = character.codePointAt(0) as number
  return code < 32 || code === 127 ? `^${String.fromCharCode(code ^ 64)}` : character
}
