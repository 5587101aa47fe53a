/** From bytes of a terminal to keys: characters, and names such as `^A`, `M-b`, `up`. */

/** A character typed, or a key with a name. */
export type Key =
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'paste'; readonly text: string }

/** The next byte; negative at the end (0) or on an error. */
export type ReadByte = () => Promise<number>

const CSI: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '3~': 'delete',
  '5~': 'page-up',
  '6~': 'page-down',
  '1;5C': 'word-right',
  '1;5D': 'word-left',
  '1;3C': 'word-right',
  '1;3D': 'word-left',
  '5C': 'word-right',
  '5D': 'word-left',
  '3;5~': 'M-d',
  '200~': 'paste',
}

const ESC = 27
const END_OF_PASTE = '\x1b[201~'

/** Null at the end of the input. */
export const readKey = async (read: ReadByte): Promise<Key | null> => {
  const byte = await read()
  if (byte < 0) return null
  if (byte === ESC) return await escapeKey(read)
  if (byte < 32 || byte === 127) return { kind: 'key', name: controlName(byte) }
  const text = await character(byte, read)
  return text === null ? null : { kind: 'character', text }
}

const controlName = (byte: number): string => (byte === 127 ? '^?' : `^${String.fromCharCode(byte ^ 64)}`)

/** The rest of a UTF-8 sequence. */
const character = async (first: number, read: ReadByte): Promise<string | null> => {
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0
  const bytes = [first]
  for (let i = 0; i < more; i++) {
    const byte = await read()
    if (byte < 0) return null
    bytes.push(byte)
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

const escapeKey = async (read: ReadByte): Promise<Key | null> => {
  const byte = await read()
  if (byte < 0) return null
  if (byte === 0x5b || byte === 0x4f) return await sequence(read)
  if (byte === ESC) return { kind: 'key', name: 'M-escape' }
  return { kind: 'key', name: byte < 32 || byte === 127 ? `M-${controlName(byte)}` : `M-${String.fromCharCode(byte)}` }
}

/** After `ESC [` or `ESC O`: parameters up to a final byte. */
const sequence = async (read: ReadByte): Promise<Key | null> => {
  let text = ''
  for (;;) {
    const byte = await read()
    if (byte < 0) return null
    text += String.fromCharCode(byte)
    if (byte >= 0x40 && byte <= 0x7e) break
    if (text.length > 16) break
  }
  const name = CSI[text] ?? `CSI-${text}`
  return name === 'paste' ? await paste(read) : { kind: 'key', name }
}

/** Bracketed paste: everything up to its end, as it is. */
const paste = async (read: ReadByte): Promise<Key | null> => {
  const bytes: number[] = []
  const end = [...END_OF_PASTE].map((c) => c.charCodeAt(0))
  for (;;) {
    const byte = await read()
    if (byte < 0) return null
    bytes.push(byte)
    const tail = bytes.slice(-end.length)
    if (tail.length === end.length && tail.every((each, i) => each === end[i])) break
  }
  const text = new TextDecoder().decode(Uint8Array.from(bytes.slice(0, -end.length)))
  return { kind: 'paste', text: text.replace(/\r\n?/g, '\n') }
}
