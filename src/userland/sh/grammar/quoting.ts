/** Text in quotes: decoding `$'…'`, and writing a string so that the shell reads it back. */

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

/** Longest run of digits after the letter of a numeric escape. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/**
 * Decodes the escapes of `$'…'` (POSIX 2024 2.2.4 and bash's additions). Bytes above 127 of `\xHH` and `\nnn` become
 * the character with that number: a virtual host's strings are text, not bytes.
 */
export function decodeAnsi(raw: string): string {
  let out = ''
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i] as string
    if (c !== '\\' || i + 1 >= raw.length) {
      out += c
      continue
    }
    const letter = raw[++i] as string
    const simple = SIMPLE[letter]
    const hex = HEX_DIGITS[letter]
    if (simple !== undefined) out += simple
    else if (hex !== undefined) {
      const digits = /^[0-9a-fA-F]*/.exec(raw.slice(i + 1, i + 1 + hex))?.[0] ?? ''
      out += digits === '' ? `\\${letter}` : codePoint(Number.parseInt(digits, 16))
      i += digits.length
    } else if (letter >= '0' && letter <= '7') {
      const digits = /^[0-7]{1,3}/.exec(raw.slice(i, i + 3))?.[0] ?? '0'
      out += codePoint(Number.parseInt(digits, 8) & 0xff)
      i += digits.length - 1
    } else if (letter === 'c' && i + 1 < raw.length) {
      out += String.fromCharCode((raw[++i] as string).charCodeAt(0) & 0x1f)
    } else out += `\\${letter}`
  }
  // A NUL cannot be in an argument: bash ends the quoted text there.
  const nul = out.indexOf('\0')
  return nul === -1 ? out : out.slice(0, nul)
}

function codePoint(value: number): string {
  return value > 0x10ffff ? '\ufffd' : String.fromCodePoint(value)
}

/** `text` in single quotes, as `set`, `export -p` and reprinted commands show it. */
export function singleQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
