/** Requests of one URL and what comes back, with curl's -v lines, meter and -w report. */
import type { Process } from '../../host/index.ts'
import { EAGAIN, EINTR, strerror } from '../../wire/errno.ts'
import { encodeText } from '../core/bytes.ts'
import { rawBytes, writeTo } from '../core/output.ts'
import { type ReplyHead, ReplyReader } from './reply.ts'
import type { Url } from './url.ts'
import { CurlError, connectTo, elapsed, type Limits, type Link, POLLIN, sendAll, waitFor } from './wire.ts'

export interface TransferOptions {
  readonly flags: ReadonlySet<string>
  readonly headers: readonly string[]
  readonly userAgent: string
  readonly method: string | undefined
  readonly body: string | null
  readonly family: number
  readonly unixPath: string | undefined
  readonly limits: Limits
  /** Descriptor of the content. */
  readonly sink: number
  readonly hasMeter: boolean
}

const METER = `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
`

export class Transfer {
  readonly #proc: Process
  readonly #options: TransferOptions
  #head: ReplyHead | null = null
  #received = 0
  #expected = 0
  #sent = 0
  #redirects = 0
  #connections = 0
  #url = ''
  #remote = ''
  #port = 0
  #hasStarted = false
  #dropsBody = false

  constructor(proc: Process, options: TransferOptions) {
    this.#proc = proc
    this.#options = options
  }

  /** A line of -v. */
  async say(line: string): Promise<void> {
    if (this.#options.flags.has('verbose')) await this.#complain(`* ${line}\n`)
  }

  async #complain(text: string): Promise<void> {
    await writeTo(this.#proc, 2, encodeText(text))
  }

  get #method(): string {
    const { method, body, flags } = this.#options
    if (method !== undefined) return method
    return flags.has('head') ? 'HEAD' : this.#body !== null && body !== null ? 'POST' : 'GET'
  }

  get #body(): string | null {
    return this.#dropsBody ? null : this.#options.body
  }

  /** One request. Where it leads on to, when that is to be followed. */
  async run(url: Url, hops: number, follows: boolean): Promise<string | null> {
    const { limits, family, unixPath } = this.#options
    this.#redirects = hops
    this.#url = `${url.scheme}://${url.authority}${url.target}`
    if (url.scheme !== 'http') throw new CurlError(1, `Protocol "${url.scheme}" not supported or disabled in libcurl`)
    if (!this.#hasStarted && this.#options.hasMeter) await this.#complain(METER + this.#meter())
    this.#hasStarted = true
    const number = this.#connections++
    let fd = -1
    try {
      const link = await connectTo(this.#proc, url, limits, { family, unixPath }, (line) => this.say(line))
      fd = link.fd
      await this.say(`Connected to ${url.host} (${link.name}) port ${url.port} (#${number})`)
      const location = await this.#exchange(url, link, follows)
      await this.say(
        this.#isPersistent ? `Connection #${number} to host ${url.host} left intact` : `Closing connection ${number}`,
      )
      return location
    } catch (error) {
      if (error instanceof CurlError) {
        await this.say(error.message)
        await this.say(`Closing connection ${number}`)
      }
      throw error
    } finally {
      if (fd >= 0) this.#proc.close(fd)
    }
  }

  get #isPersistent(): boolean {
    const head = this.#head
    return head !== null && head.minor > 0 && !/\bclose\b/i.test(head.field('connection') ?? '')
  }

  #requestText(url: Url): string {
    const body = this.#body
    const fields = new Map<string, string>([
      ['Host', url.authority],
      ['User-Agent', this.#options.userAgent],
      ['Accept', '*/*'],
    ])
    const own: string[] = []
    const given = new Set<string>()
    for (const header of this.#options.headers) {
      const match = /^([^:;]+)([:;])[ \t]*(.*)$/s.exec(header)
      if (match === null) continue
      const [, name = '', mark, value = ''] = match
      given.add(name.toLowerCase())
      const known = [...fields.keys()].find((key) => key.toLowerCase() === name.toLowerCase())
      // `Name:` takes a field away; `Name;` sends it empty.
      if (known === 'Host' && value !== '') fields.set('Host', value)
      else {
        if (known !== undefined) fields.delete(known)
        if (value !== '') own.push(`${name}: ${value}`)
        else if (mark === ';') own.push(`${name}:`)
      }
    }
    const lines = [`${this.#method} ${url.target} HTTP/1.1`, ...[...fields].map(([name, value]) => `${name}: ${value}`)]
    lines.push(...own)
    if (body !== null) {
      if (!given.has('content-length')) lines.push(`Content-Length: ${encodeText(body).length}`)
      if (!given.has('content-type')) lines.push('Content-Type: application/x-www-form-urlencoded')
    }
    return `${lines.join('\r\n')}\r\n\r\n`
  }

  async #exchange(url: Url, link: Link, follows: boolean): Promise<string | null> {
    const { limits } = this.#options
    const text = this.#requestText(url)
    const body = encodeText(this.#body ?? '')
    this.#remote = link.name
    this.#port = url.port
    if (this.#options.flags.has('verbose')) await this.#complain(marked('> ', text))
    const sent = await sendAll(this.#proc, link.fd, encodeText(text), limits.end)
    const error = sent < 0 ? sent : await sendAll(this.#proc, link.fd, body, limits.end)
    if (error === -EAGAIN) throw this.#timeout()
    if (error < 0) throw new CurlError(55, `Send failure: ${strerror(error)}`)
    this.#sent += body.length
    return await this.#receive(link.fd, follows)
  }

  #timeout(): CurlError {
    const ms = elapsed(this.#proc, this.#options.limits)
    const size = this.#expected > 0 ? ` out of ${this.#expected}` : ''
    return new CurlError(
      28,
      `Operation timed out after ${ms} milliseconds with ${this.#received}${size} bytes received`,
    )
  }

  async #receive(fd: number, follows: boolean): Promise<string | null> {
    const reader = new ReplyReader(this.#method)
    const buf = new Uint8Array(16_384)
    let got = 0
    this.#head = null
    for (;;) {
      const event = reader.next()
      if (event?.kind === 'head') await this.#headCame(event.head, follows)
      else if (event?.kind === 'data') await this.#dataCame(event.bytes, follows)
      else if (event?.kind === 'end') break
      else if (event?.kind === 'garbage') {
        if (event.reason === 'http09') throw new CurlError(1, 'Received HTTP/0.9 when not allowed')
        throw new CurlError(56, 'Illegal or missing hexadecimal sequence')
      } else {
        const n = await this.#read(fd, buf)
        got += n
        if (n > 0) reader.push(buf.slice(0, n))
        else if (got === 0) throw new CurlError(52, 'Empty reply from server')
        else if (reader.endsWithConnection) break
        else if (reader.isBeforeHead) throw new CurlError(56, 'Recv failure: Connection was reset')
        else if (reader.missing > 0)
          throw new CurlError(18, `transfer closed with ${reader.missing} bytes remaining to read`)
        else throw new CurlError(18, 'transfer closed with outstanding read data remaining')
      }
    }
    return this.#locationOf(follows)
  }

  /** Bytes, or 0 at the end. */
  async #read(fd: number, buf: Uint8Array): Promise<number> {
    for (;;) {
      const n = this.#proc.recv(fd, buf)
      if (n >= 0) return n
      if (n !== -EAGAIN && n !== -EINTR) throw new CurlError(56, `Recv failure: ${strerror(n)}`)
      if (!(await waitFor(this.#proc, fd, POLLIN, this.#options.limits.end))) throw this.#timeout()
    }
  }

  #locationOf(follows: boolean): string | null {
    const head = this.#head
    const location = head?.field('location')
    if (!follows || head === null || location === undefined || ![301, 302, 303, 307, 308].includes(head.code))
      return null
    if (head.code <= 303) this.#dropsBody = true
    return location
  }

  async #headCame(head: ReplyHead, follows: boolean): Promise<void> {
    const { flags, sink } = this.#options
    this.#head = head
    if (flags.has('verbose')) {
      if (head.minor === 0) await this.say('HTTP 1.0, assume close after body')
      await this.#complain(marked('< ', head.text))
    }
    if (flags.has('fail') && head.code >= 400) throw new CurlError(22, `The requested URL returned error: ${head.code}`)
    if (flags.has('include') || flags.has('head')) await writeTo(this.#proc, sink, rawBytes(head.text))
    if (head.code < 200) return
    this.#received = 0
    this.#expected = this.#locationOf(follows) === null ? Number(head.field('content-length') ?? 0) : 0
  }

  async #dataCame(bytes: Uint8Array, follows: boolean): Promise<void> {
    this.#received += bytes.length
    // What a followed redirect says is nobody's.
    if (this.#locationOf(follows) !== null) return
    const result = await writeTo(this.#proc, this.#options.sink, bytes)
    if (result < 0) throw new CurlError(23, 'Failure writing output to destination')
  }

  /** The last row of the meter. */
  async finish(): Promise<void> {
    if (!this.#options.hasMeter || !this.#hasStarted) return
    await this.#complain(`\r${this.#meter()}\n`)
  }

  #meter(): string {
    const seconds = (this.#proc.host.clock.now - this.#options.limits.start) / 1e9
    const speed = (bytes: number): string => count(seconds > 0 ? Math.floor(bytes / seconds) : 0)
    const total = this.#expected + this.#sent
    const done = this.#received + this.#sent
    const percent = (part: number, whole: number): string =>
      String(whole > 0 ? Math.floor((part * 100) / whole) : 0).padStart(3)
    const sizes = `${percent(done, total)} ${count(total)} ${percent(this.#received, this.#expected)} ${count(this.#received)} ${percent(this.#sent, this.#sent)} ${count(this.#sent)}`
    const spent = seconds >= 1 ? clock(seconds) : '--:--:--'
    return `${sizes} ${speed(this.#received).padStart(6)} ${speed(this.#sent).padStart(6)} --:--:-- ${spent} --:--:-- ${speed(done)}`
  }

  /** -w. */
  report(format: string, exit: number, message: string): string {
    const head = this.#head
    const seconds = ((this.#proc.host.clock.now - this.#options.limits.start) / 1e9).toFixed(6)
    const values: Readonly<Record<string, string>> = {
      http_code: String(head?.code ?? 0).padStart(3, '0'),
      response_code: String(head?.code ?? 0).padStart(3, '0'),
      http_version: head === null ? '0' : head.minor === 0 ? '1.0' : '1.1',
      content_type: head?.field('content-type') ?? '',
      errormsg: message,
      exitcode: String(exit),
      method: this.#method,
      num_connects: String(this.#connections),
      num_redirects: String(this.#redirects),
      remote_ip: this.#remote,
      remote_port: String(this.#port),
      size_download: String(this.#received),
      size_upload: String(this.#sent),
      time_total: seconds,
      url_effective: this.#url,
    }
    return format
      .replace(/\\([nrt])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : '\t'))
      .replace(/%\{([a-z_]+)\}/g, (whole, name: string) => values[name] ?? whole)
      .replaceAll('%%', '%')
  }
}

/** A head as -v shows it. */
const marked = (mark: string, head: string): string =>
  head
    .replaceAll('\r\n', '\n')
    .slice(0, -1)
    .split('\n')
    .map((line) => `${mark}${line}\n`)
    .join('')

/** Five columns, as curl shortens numbers. */
const count = (n: number): string => {
  if (n < 100_000) return String(n).padStart(5)
  const k = Math.floor(n / 1024)
  return k < 10_000 ? `${String(k).padStart(4)}k` : `${String(Math.floor(k / 1024)).padStart(4)}M`
}

const clock = (seconds: number): string => {
  const whole = Math.floor(seconds)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${String(Math.floor(whole / 3600)).padStart(2)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}
