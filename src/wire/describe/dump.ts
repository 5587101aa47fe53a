import { hex } from './options.ts'

/** A blank is told as itself by `-A` alone. */
const printable = (c: number, lowest: number): string => (c >= lowest && c < 0x7f ? String.fromCharCode(c) : '.')

/**
 * `-X`: offset, sixteen octets in hexadecimal, and the same as text; one line per sixteen, each after a tab.
 * Give it a packet without its link header; `-XX` has that as well. Without text it is `-x`.
 */
export const hexDump = (b: Uint8Array, start = 0, end: number = b.length, withText = true): string => {
  const lines: string[] = []
  for (let at = start; at < end; at += 16) {
    let left = ''
    let right = ''
    for (let i = at; i < Math.min(end, at + 16); i++) {
      left += `${(i - at) % 2 === 0 ? ' ' : ''}${hex(b[i] as number, 2)}`
      right += printable(b[i] as number, 0x21)
    }
    lines.push(`\t0x${hex(at - start, 4)}: ${withText ? `${left.padEnd(41)} ${right}` : left}`)
  }
  return lines.join('\n')
}

/** `-A`: every octet as text, line ends and tabs kept, dots for what cannot be printed. */
export const asciiDump = (b: Uint8Array, start = 0, end: number = b.length): string => {
  let text = ''
  for (let at = start; at < end; at++) {
    const c = b[at] as number
    // A carriage return before a line feed, or last of all, is left out, as tcpdump does.
    if (c === 0x0d && (at + 1 >= end || b[at + 1] === 0x0a)) continue
    text += c === 0x0a || c === 0x09 ? String.fromCharCode(c) : printable(c, 0x20)
  }
  return text
}
