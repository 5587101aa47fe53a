/** curl's command line: its own way of reading options, and its complaints. */

export interface CurlOptions {
  readonly urls: readonly string[]
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** Long name by letter; `:` for a value. */
const LETTERS: Readonly<Record<string, string>> = {
  s: 'silent',
  S: 'show-error',
  v: 'verbose',
  i: 'include',
  I: 'head',
  o: 'output:',
  O: 'remote-name',
  X: 'request:',
  H: 'header:',
  d: 'data:',
  m: 'max-time:',
  f: 'fail',
  L: 'location',
  w: 'write-out:',
  A: 'user-agent:',
  '4': 'ipv4',
  '6': 'ipv6',
  h: 'help',
  V: 'version',
}
const LONG = new Set([...Object.values(LETTERS), 'connect-timeout:', 'unix-socket:', 'url:', 'max-redirs:'])
const NUMBERS = new Set(['max-time', 'connect-timeout', 'max-redirs'])

export const TRY = "curl: try 'curl --help' or 'curl --manual' for more information\n"

class Reader {
  readonly urls: string[] = []
  readonly flags = new Set<string>()
  readonly values = new Map<string, string[]>()
  error = ''

  set(shown: string, name: string, next: () => string | undefined): void {
    if (!name.endsWith(':')) {
      this.flags.add(name)
      return
    }
    const key = name.slice(0, -1)
    const value = next()
    if (value === undefined) this.error = `option ${shown}: requires parameter`
    else if (NUMBERS.has(key) && !/^-?\d+(\.\d*)?$/.test(value))
      this.error = `option ${shown}: expected a proper numerical parameter`
    else if (NUMBERS.has(key) && key !== 'max-redirs' && value.startsWith('-'))
      this.error = `option ${shown}: expected a positive numerical parameter`
    else if (key === 'url') this.urls.push(value)
    else this.values.set(key, [...(this.values.get(key) ?? []), value])
  }
}

/** The options, or a complaint with its line end (exit code 2). */
export const parseOptions = (args: readonly string[]): CurlOptions | string => {
  if (args.length === 0) return TRY
  const reader = new Reader()
  let i = 0
  const next = (): string | undefined => args[i++]
  while (i < args.length && reader.error === '') {
    const arg = args[i++] as string
    if (!arg.startsWith('-') || arg === '-') reader.urls.push(arg)
    else if (arg.startsWith('--')) {
      const given = arg.slice(2)
      const name = LONG.has(given) ? given : LONG.has(`${given}:`) ? `${given}:` : undefined
      if (name === undefined) reader.error = `option ${arg}: is unknown`
      else reader.set(arg, name, next)
    } else {
      for (let at = 1; at < arg.length && reader.error === ''; at++) {
        const letter = arg[at] as string
        const name = LETTERS[letter]
        if (name === undefined) {
          reader.error = `option ${arg}: is unknown`
          break
        }
        const rest = arg.slice(at + 1)
        reader.set(arg, name, () => (rest === '' ? next() : rest))
        if (name.endsWith(':')) break
      }
    }
  }
  if (reader.error !== '') return `curl: ${reader.error}\n${TRY}`
  const { flags } = reader
  if (reader.urls.length === 0 && !flags.has('help') && !flags.has('version')) return `curl: no URL specified!\n${TRY}`
  return reader
}
