/** The pages that the server makes itself: errors and listings of directories, word for word as Python's. */
import { byteText } from '../core/bytes.ts'

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export const errorPage = (code: number, message: string, explanation: string): string => `<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: ${code}</p>
        <p>Message: ${escapeHtml(message)}.</p>
        <p>Error code explanation: ${code} - ${escapeHtml(explanation)}.</p>
    </body>
</html>
`

export interface ListingEntry {
  readonly name: string
  /** A directory, or a link to one. */
  readonly isDirectory: boolean
  readonly isLink: boolean
}

/** @param path - decoded path of the request, for the title */
export const listingPage = (path: string, entries: readonly ListingEntry[]): string => {
  const title = `Directory listing for ${escapeHtml(path)}`
  const key = ({ name }: ListingEntry): string => name.toLowerCase()
  const sorted = [...entries].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
  const items = sorted.map(({ name, isDirectory, isLink }) => {
    const link = isDirectory ? `${name}/` : name
    // A link to a directory displays with @ and links with /.
    return `<li><a href="${quotePath(link)}">${escapeHtml(isLink ? `${name}@` : link)}</a></li>`
  })
  return [
    '<!DOCTYPE HTML>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<title>${title}</title>\n</head>`,
    `<body>\n<h1>${title}</h1>`,
    '<hr>\n<ul>',
    ...items,
    '</ul>\n<hr>\n</body>\n</html>\n',
  ].join('\n')
}

const encoder = new TextEncoder()

/** Percent-encoding as urllib.parse.quote does it: letters, digits and `/_.-~` stay. */
const quotePath = (text: string): string => {
  let out = ''
  for (const byte of encoder.encode(text)) {
    const c = byteText(byte)
    out += /[A-Za-z0-9/_.~-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}
