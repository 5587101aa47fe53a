/** Columns that text takes on a terminal (wcwidth(3), for what people type): wide East Asian and emoji two, combining marks none. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u
const COMBINING = /^[\p{Mn}\p{Me}\u200b-\u200f\ufeff\u{fe00}-\u{fe0f}]$/u

export const characterWidth = (character: string): number => {
  const code = character.codePointAt(0) as number
  // Shown as ^X.
  if (code < 32 || code === 127) return 2
  if (code < 0x300) return 1
  if (COMBINING.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
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
