/**
 * curl 7.88 for plain HTTP.
 *
 * Left out: TLS and other protocols, URL globbing, uploads and forms, authentication, cookies, proxies, and keeping a
 * connection for the next request (each request has its own). Addresses are tried one after the other.
 */
import type { Process, Program } from '../../host/index.ts'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../socket/constants.ts'
import { O_CREAT, O_TRUNC, O_WRONLY } from '../../socket/file.ts'
import { encodeText } from '../core/bytes.ts'
import { openFile, writeOut, writeTo } from '../core/output.ts'
import { type CurlOptions, parseOptions } from './options.ts'
import { Transfer } from './transfer.ts'
import { parseUrl, resolveUrl, type Url } from './url.ts'
import { CurlError, type Limits } from './wire.ts'

const VERSION = `curl 7.88.1 (soquete)
Protocols: http
Features: IPv6 UnixSockets
`
const HELP = `Usage: curl [options...] <url>
 -4, --ipv4                Resolve names to IPv4 addresses
 -6, --ipv6                Resolve names to IPv6 addresses
     --connect-timeout <seconds> Maximum time allowed for connection
 -d, --data <data>         HTTP POST data
 -f, --fail                Fail fast with no output on HTTP errors
 -h, --help                Get help for commands
 -H, --header <header> Pass custom header(s) to server
 -I, --head                Show document info only
 -i, --include             Include protocol response headers in the output
 -L, --location            Follow redirects
     --max-redirs <num>    Maximum number of redirects allowed
 -m, --max-time <seconds>  Maximum time allowed for the transfer
 -o, --output <file>       Write to file instead of stdout
 -O, --remote-name         Write output to a file named as the remote file
 -X, --request <method>    Specify request method to use
 -S, --show-error          Show error even when -s is used
 -s, --silent              Silent mode
     --unix-socket <path>  Connect through this Unix domain socket
     --url <url>           URL to work with
 -A, --user-agent <name>   Send User-Agent <name> to server
 -v, --verbose             Make the operation more talkative
 -V, --version             Show version number and quit
 -w, --write-out <format>  Use output FORMAT after completion
`

export const program: Program = {
  name: 'curl',
  async main(proc) {
    const options = parseOptions(proc.argv.slice(1))
    if (typeof options === 'string') {
      await proc.promises.complain(options)
      return 2
    }
    if (options.flags.has('version')) return await writeOut(proc, 'curl', VERSION)
    if (options.flags.has('help')) return await writeOut(proc, 'curl', HELP)
    let code = 0
    for (const [i, url] of options.urls.entries()) code = await fetchOne(proc, options, url, i)
    return code
  },
}

const seconds = (options: CurlOptions, name: string, now: number): number => {
  const value = Number(options.values.get(name)?.at(-1) ?? 0)
  return value > 0 ? now + value * 1e9 : Number.POSITIVE_INFINITY
}

/** The exit code of one URL. */
const fetchOne = async (proc: Process, options: CurlOptions, text: string, index: number): Promise<number> => {
  const { flags, values } = options
  const now = proc.host.clock.now
  const end = seconds(options, 'max-time', now)
  const limits: Limits = { start: now, end, connectEnd: Math.min(end, seconds(options, 'connect-timeout', now)) }
  let transfer: Transfer | null = null
  let error: CurlError | null = null
  let sink: number | null = null
  try {
    const url = parseUrl(text)
    if (url === null) throw new CurlError(3, 'URL using bad/illegal format or missing URL')
    const body = bodyOf(proc, values.get('data'))
    sink = await openSink(proc, values.get('output')?.[index], flags.has('remote-name') ? url : null)
    transfer = new Transfer(proc, {
      flags,
      headers: values.get('header') ?? [],
      userAgent: values.get('user-agent')?.at(-1) ?? 'curl/7.88.1',
      method: values.get('request')?.at(-1),
      body,
      family: flags.has('ipv4') ? AF_INET : flags.has('ipv6') ? AF_INET6 : AF_UNSPEC,
      unixPath: values.get('unix-socket')?.at(-1),
      limits,
      sink: sink ?? 1,
      hasMeter: !flags.has('silent') && (sink !== null || proc.terminal(1) === null),
    })
    await follow(transfer, url, flags.has('location'), Number(values.get('max-redirs')?.at(-1) ?? 50))
  } catch (caught) {
    if (!(caught instanceof CurlError)) throw caught
    error = caught
  }
  await transfer?.finish()
  if (sink !== null && sink > 2) proc.close(sink)
  if (error !== null && (!flags.has('silent') || flags.has('show-error')))
    await writeTo(proc, 2, encodeText(`curl: (${error.code}) ${error.message}\n`))
  const format = values.get('write-out')?.at(-1)
  if (format !== undefined && transfer !== null)
    await writeOut(proc, 'curl', transfer.report(format, error?.code ?? 0, error?.message ?? ''))
  return error?.code ?? 0
}

const follow = async (transfer: Transfer, first: Url, follows: boolean, most: number): Promise<void> => {
  let url = first
  for (let hops = 0; ; hops++) {
    const location = await transfer.run(url, hops, follows)
    if (location === null) return
    if (most >= 0 && hops >= most) throw new CurlError(47, `Maximum (${most}) redirects followed`)
    const next = resolveUrl(url, location)
    if (next === null) throw new CurlError(3, 'URL using bad/illegal format or missing URL')
    await transfer.say(`Issue another request to this URL: '${next.scheme}://${next.authority}${next.target}'`)
    url = next
  }
}

/** -d: joined by `&`; `@file` is a file without its line ends, `@-` standard input. */
const bodyOf = (proc: Process, data: readonly string[] | undefined): string | null => {
  if (data === undefined) return null
  const parts = data.map((one) => {
    if (!one.startsWith('@')) return one
    const text = proc.readText(one === '@-' ? '/dev/stdin' : one.slice(1))
    if (typeof text === 'number') throw new CurlError(26, `Failed to open ${one.slice(1)}`)
    return text.replace(/[\r\n]/g, '')
  })
  return parts.join('&')
}

/** Where the content goes; null: standard output. */
const openSink = async (proc: Process, path: string | undefined, remote: Url | null): Promise<number | null> => {
  let name = path
  if (name === undefined && remote !== null) {
    name = (remote.target.split('?')[0] ?? '').split('/').at(-1) ?? ''
    if (name === '') {
      await proc.promises.complain('curl: Remote file name has no length!\n')
      throw new CurlError(23, 'Failed writing received data to disk/application')
    }
  }
  if (name === undefined || name === '-') return null
  const fd = await openFile(proc, name, O_WRONLY | O_CREAT | O_TRUNC)
  if (fd < 0) throw new CurlError(23, 'Failure writing output to destination')
  return fd
}
