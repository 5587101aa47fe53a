/** The command line, as argparse reads Python's. */

export interface ServerOptions {
  readonly port: number
  readonly bind: string | null
  readonly directory: string | null
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1'
}

const usage = (prog: string): string => `usage: ${prog} [-h] [-b ADDRESS] [-d DIRECTORY] [-p VERSION] [port]\n`

export const help = (prog: string, protocol: string): string => `${usage(prog)}
positional arguments:
  port                  bind to this port (default: 8000)

options:
  -h, --help            show this help message and exit
  -b ADDRESS, --bind ADDRESS
                        bind to this address (default: all interfaces)
  -d DIRECTORY, --directory DIRECTORY
                        serve this directory (default: current directory)
  -p VERSION, --protocol VERSION
                        conform to this HTTP version (default: ${protocol})
`

const NAMES: Readonly<Record<string, string>> = { b: 'bind', d: 'directory', p: 'protocol', h: 'help' }

/** The options, `help`, or a complaint (exit code 2). */
export const parseOptions = (
  prog: string,
  args: readonly string[],
  protocol: ServerOptions['protocol'],
): ServerOptions | 'help' | { readonly error: string } => {
  const complaint = (text: string) => ({ error: `${usage(prog)}${prog}: error: ${text}\n` })
  const values = new Map<string, string>()
  const operands: string[] = []
  const unknown: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    const match = /^(?:--([a-z]+)(?:=(.*))?|-([a-z])(.+)?)$/s.exec(arg)
    // As argparse has it, a negative number is no option.
    if (!arg.startsWith('-') || arg === '-' || /^-\d+$/.test(arg)) {
      operands.push(arg)
      continue
    }
    const long = Object.values(NAMES).filter((name) => match?.[1] !== undefined && name.startsWith(match[1]))
    const name = match?.[3] === undefined ? (long.length === 1 ? long[0] : undefined) : NAMES[match[3]]
    if (name === undefined) unknown.push(arg)
    else if (name === 'help') return 'help'
    else {
      const attached = match?.[2] ?? match?.[4]
      const value = attached ?? args[++i]
      if (value === undefined || (attached === undefined && /^-./.test(value)))
        return complaint(`argument -${name[0]}/--${name}: expected one argument`)
      values.set(name, value)
    }
  }
  const [port, ...more] = operands
  if (port !== undefined && !/^\s*[-+]?\d+\s*$/.test(port))
    return complaint(`argument port: invalid int value: '${port}'`)
  unknown.push(...more)
  if (unknown.length > 0) return complaint(`unrecognized arguments: ${unknown.join(' ')}`)
  const version = values.get('protocol') ?? protocol
  // Python would send any text as its version; only these two mean something.
  if (version !== 'HTTP/1.0' && version !== 'HTTP/1.1')
    return complaint(`argument -p/--protocol: invalid choice: '${version}' (choose from 'HTTP/1.0', 'HTTP/1.1')`)
  return {
    port: port === undefined ? 8000 : Number(port),
    bind: values.get('bind') ?? null,
    directory: values.get('directory') ?? null,
    protocol: version,
  }
}
