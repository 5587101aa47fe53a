/** URLs as curl takes them on its command line: `http://` may be missing. */
export interface Url {
  readonly scheme: string
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** As the Host field has it. */
  readonly authority: string
  /** Path and query. */
  readonly target: string
}

/** Null: `URL using bad/illegal format or missing URL`. */
export const parseUrl = (text: string): Url | null => {
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/?#]*)([^#]*)/.exec(text)
  if (match === null || /[\s\0]/.test(text)) return null
  const scheme = (match[1] ?? 'http').toLowerCase()
  const authority = match[2] ?? ''
  const parts = /^(?:\[([0-9A-Fa-f:.]+)(?:%[^\]]*)?\]|([^:@[\]]+))(?::(\d*))?$/.exec(authority)
  const host = parts?.[1] ?? parts?.[2]
  const port = parts?.[3] === undefined || parts[3] === '' ? 80 : Number(parts[3])
  if (host === undefined || port > 65_535) return null
  const rest = match[3] ?? ''
  const name = authority.includes('[') ? `[${host}]` : host
  return {
    scheme,
    host,
    port,
    authority: port === 80 ? name : `${name}:${port}`,
    target: rest.startsWith('/') ? removeDots(rest) : `/${rest}`,
  }
}

/** RFC 3986 5.2.4. */
const removeDots = (target: string): string => {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const out: string[] = []
  const segments = path.split('/').slice(1)
  segments.forEach((segment, i) => {
    const isLast = i === segments.length - 1
    if (segment === '..') out.pop()
    if (segment !== '.' && segment !== '..') out.push(segment)
    else if (isLast) out.push('')
  })
  return `/${out.join('/')}${mark < 0 ? '' : target.slice(mark)}`
}

/** Where a Location leads from here. */
export const resolveUrl = (base: Url, location: string): Url | null => {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return parseUrl(location)
  if (location.startsWith('//')) return parseUrl(`${base.scheme}:${location}`)
  const root = `${base.scheme}://${base.authority}`
  if (location.startsWith('/')) return parseUrl(root + location)
  const path = base.target.split('?')[0] ?? '/'
  return parseUrl(root + (location.startsWith('?') ? path : path.slice(0, path.lastIndexOf('/') + 1)) + location)
}
