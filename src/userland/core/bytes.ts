/**
 * Text that may hold single bytes: what `printf '\xff'` makes is no character. Such a byte travels as U+DC80 to U+DCFF (Python's
 * surrogateescape), which no UTF-8 text can contain, and becomes a byte again when it is written.
 */
const encoder = new TextEncoder()

/** One byte as text. */
export const byteText = (byte: number): string => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)

const LONE = /(?<![\ud800-\udbff])[\udc80-\udcff]/

/** UTF-8, with escaped bytes as bytes. */
export const encodeText = (text: string): Uint8Array => {
  if (!LONE.test(text)) return encoder.encode(text)
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00)
    else bytes.push(...encoder.encode(character))
  }
  return Uint8Array.from(bytes)
}
