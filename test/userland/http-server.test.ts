import { beforeEach, describe, expect, it } from 'vitest'
import { type Child, Host, type Process } from '../../src/host/index.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/index.ts'
import { Scheduler } from '../../src/time/index.ts'
import { Connection } from '../../src/userland/http-server/connection.ts'
import { parseHttpDate } from '../../src/userland/http-server/date.ts'
import type { OpenResource, Site } from '../../src/userland/http-server/site.ts'
import { programs } from '../../src/userland/index.ts'
import { contextOf, run, SECOND, settle } from '../host/machine.ts'

const NOW = Date.UTC(2026, 10, 22, 9, 3, 12)

/** A tree in memory. `opened` counts files that nobody has closed. */
class MemorySite implements Site {
  now = NOW
  opened = 0
  readonly files = new Map<string, { text: string; mtime: number }>([
    ['/digits.txt', { text: '0123456789', mtime: NOW - 3_600_000 }],
    ['/fresh.txt', { text: 'new', mtime: NOW - 10 }],
    ['/empty', { text: '', mtime: NOW - 3_600_000 }],
    ['/site/index.html', { text: '<p>hello', mtime: NOW - 3_600_000 }],
    ['/data/a b&.txt', { text: 'x', mtime: NOW - 3_600_000 }],
  ])

  kindOf(path: string): 'file' | 'directory' | 'none' {
    if (this.files.has(path)) return 'file'
    const prefix = path === '/' ? '/' : `${path}/`
    return [...this.files.keys()].some((name) => name.startsWith(prefix)) ? 'directory' : 'none'
  }

  open(path: string): OpenResource | null {
    const file = this.files.get(path)
    if (file === undefined) return null
    this.opened++
    const bytes = new TextEncoder().encode(file.text)
    return {
      size: bytes.length,
      mtime: file.mtime,
      inode: 17,
      read: (at, buf) => {
        const part = bytes.subarray(at, at + buf.length)
        buf.set(part)
        return part.length
      },
      close: () => {
        this.opened--
      },
    }
  }

  list(path: string) {
    const prefix = path === '/' ? '/' : `${path}/`
    const names = [...this.files.keys()].filter((name) => name.startsWith(prefix)).map((n) => n.slice(prefix.length))
    return [...new Set(names.map((name) => name.split('/')[0] ?? ''))].map((name) => ({
      name,
      isDirectory: this.kindOf(prefix + name) === 'directory',
      isLink: false,
    }))
  }
}

interface Reply {
  readonly code: number
  readonly status: string
  readonly head: string
  readonly body: string
  readonly closes: boolean
  readonly log: readonly string[]
  field(name: string): string | undefined
}

const raw = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

let site: MemorySite
let connection: Connection

const replies = (): Reply[] => {
  const all: Reply[] = []
  for (let response = connection.next(); response !== null; response = connection.next()) {
    const { file } = response
    const body = response.body.map((part) => {
      if (!('start' in part)) return text(part)
      const buf = new Uint8Array(part.end - part.start)
      expect(file?.read(part.start, buf)).toBe(buf.length)
      return text(buf)
    })
    file?.close()
    const head = text(response.head)
    all.push({
      code: response.code,
      status: head.slice(0, head.indexOf('\r\n')),
      head,
      body: body.join(''),
      closes: response.closes,
      log: response.log,
      field: (name) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(head)?.[1],
    })
  }
  expect(site.opened).toBe(0)
  return all
}

const fresh = (protocol: 'HTTP/1.0' | 'HTTP/1.1' = 'HTTP/1.1'): void => {
  site = new MemorySite()
  connection = new Connection(site, { server: 'test', protocol })
}
beforeEach(() => fresh())

/** Responses to exactly these bytes, on a connection of their own. */
const exchange = (request: string): Reply[] => {
  fresh()
  connection.push(raw(request))
  return replies()
}

const only = (request: string): Reply => {
  const all = exchange(request)
  expect(all).toHaveLength(1)
  return all[0] as Reply
}

const get = (target: string, ...fields: string[]): Reply => request('GET', target, ...fields)
const request = (method: string, target: string, ...fields: string[]): Reply =>
  only([`${method} ${target} HTTP/1.1`, 'Host: h', ...fields, '', ''].join('\r\n'))

const TAG = (): string => get('/digits.txt').field('ETag') ?? ''
const MODIFIED = 'Sun, 22 Nov 2026 08:03:12 GMT'

describe('framing', () => {
  it('[9112-2.2-b, 9112-2.2-d, 9110-9.1-a] empty lines before a request and lone LFs are taken', () => {
    expect(only('\r\n\r\nGET /digits.txt HTTP/1.1\nHost: h\n\n').body).toBe('0123456789')
  })
  it('[9112-2.2-c, 9112-2.2-e, 9112-2.2-f, 9112-5.1, 9112-5.2-b, 9110-5.5-b] bad header lines give 400 and the end', () => {
    for (const line of [' a: b', 'a : b', 'a', ': b', 'a: b\r\n fold', 'a: x\0y', 'a: x\ry']) {
      const reply = get('/digits.txt', line)
      expect([line, reply.code, reply.closes, reply.field('Connection')]).toEqual([line, 400, true, 'close'])
    }
  })
  it('[9110-5.5-a, 9110-5.1, 9110-5.6.1.2] white space around values, unknown fields and empty elements do not matter', () => {
    expect(get('/digits.txt', 'X-Unknown: 1', 'Range:  \t bytes=,1-2,,\t ').body).toBe('12')
  })
  it('[9112-3.2-b, 9110-4.2.1] Host is there once and valid in HTTP/1.1, and not needed in 1.0', () => {
    expect(only('GET / HTTP/1.1\r\n\r\n').code).toBe(400)
    expect(get('/', 'Host: h').code).toBe(400)
    for (const host of ['', 'a b', 'a/b', 'h:x', ':80', '[::1'])
      expect(only(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).code).toBe(400)
    for (const host of ['h:80', '[::1]:80', '10.0.0.1'])
      expect(only(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).code).toBe(200)
    expect(only('GET / HTTP/1.0\r\n\r\n').code).toBe(200)
    expect(get('http:///x').code).toBe(400)
  })
  it('[9112-3.2.2, 9112-3.2.4, 9110-9.3.7] absolute-form, and * of OPTIONS alone', () => {
    expect(get('http://elsewhere:81/digits.txt').body).toBe('0123456789')
    expect(request('OPTIONS', '*')).toMatchObject({ code: 200, closes: false })
    expect(request('OPTIONS', '/').field('Allow')).toBe('GET, HEAD, OPTIONS')
    expect(get('*').code).toBe(400)
  })
  it('[9112-3-a, 9112-3-b, 9112-3-c, 9110-15.5.15, 9110-5.4] long lines: 8000 octets pass, too many are 414, 501, 431', () => {
    expect(get(`/digits.txt?${'x'.repeat(8000)}`).code).toBe(200)
    expect(only(`GET /${'x'.repeat(70_000)}`).code).toBe(414)
    expect(only('M'.repeat(70_000)).code).toBe(501)
    expect(get('/', `A: ${'x'.repeat(70_000)}`).code).toBe(431)
    expect(get('/', ...Array.from({ length: 101 }, (_, i) => `A${i}: x`)).code).toBe(431)
  })
  it('[9110-15.6.6, 9112-3.2-a] versions and request lines that are none', () => {
    expect(only('GET / HTTP/2.0\r\n').log).toEqual([
      'code 505, message Invalid HTTP version (2.0)',
      '"GET / HTTP/2.0" 505 -',
    ])
    expect(only('GET / HTTP/1.1\r\0\r\n').log).toEqual([
      "code 400, message Bad request version ('\\\\x00')",
      '"GET / HTTP/1.1\\x0d\\x00" 400 -',
    ])
    expect(only('FOO\r\n').body).toContain("Message: Bad request syntax ('FOO').")
    expect(get('/%zz').code).toBe(400)
  })
  it('[9112-6.1-a, 9112-7.1.1, 9112-7.1, 9112-9.3-b] chunked content is read to its end before the next request', () => {
    const chunked = (body: string): Reply[] =>
      exchange(
        `GET /empty HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${body}GET /nope HTTP/1.1\r\nHost: h\r\n\r\n`,
      )
    expect(chunked('3;ext="a"\r\nabc\r\n0\r\nTrailer: x\r\n\r\n').map(({ code }) => code)).toEqual([200, 404])
    for (const bad of ['x\r\n', '\r\n', '-1\r\n', 'fffffffffffffffff\r\n', '1\r\nabc\r\n'])
      expect(chunked(bad)).toMatchObject([{ code: 400, closes: true }])
  })
  it('[9112-6.1-c, 9112-6.1-d, 9112-6.1-e, 9112-6.3-b, 9112-6.3-c, 9110-8.6-d] content without a clear length', () => {
    const post = (version: string, ...fields: string[]): Reply =>
      only([`GET /empty HTTP/${version}`, 'Host: h', ...fields, '', '0', '', ''].join('\r\n'))
    expect(post('1.1', 'Transfer-Encoding: gzip, chunked').code).toBe(501)
    for (const coding of ['gzip', 'chunked, gzip', 'chunked, chunked'])
      expect(post('1.1', `Transfer-Encoding: ${coding}`).code).toBe(400)
    expect(post('1.0', 'Transfer-Encoding: chunked')).toMatchObject({ code: 400, closes: true })
    expect(post('1.1', 'Transfer-Encoding: chunked', 'Content-Length: 9')).toMatchObject({ code: 200, closes: true })
    for (const length of ['x', '-1', '1, 2', ''])
      expect(post('1.1', `Content-Length: ${length}`)).toMatchObject({ code: 400, closes: true })
    expect(post('1.1', 'Content-Length: 99999999999999999999')).toMatchObject({ code: 413, closes: true })
  })
  it('[9110-5.3, 9112-9.3.2, 9112-9.3-a] requests byte by byte, and several at once, are answered in order', () => {
    const one = 'GET /digits.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\nxx'
    const counts = [...one].map((c) => {
      connection.push(raw(c))
      return replies().length
    })
    expect(counts.indexOf(1)).toBe(one.length - 1)
    expect(exchange(`${one}${one.replace('digits.txt', 'empty')}`).map(({ body }) => body)).toEqual(['0123456789', ''])
  })
  it('[9112-9.6-a, 9112-9.6-b] after close nothing counts; 1.0 goes on with keep-alive alone', () => {
    const closing = exchange(
      'GET /empty HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n',
    )
    expect(closing).toHaveLength(1)
    expect(closing[0]?.field('Connection')).toBe('close')
    expect(only('GET /empty HTTP/1.0\r\n\r\n').closes).toBe(true)
    expect(only('GET /empty HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')).toMatchObject({ closes: false })
  })
  it('[9110-10.1.1-a, 9110-10.1.1-b, 9110-10.1.1-c, 9110-15.2, 9110-8.6-b] Expect', () => {
    const expecting = (version: string, target: string): Reply[] =>
      exchange(`GET ${target} HTTP/${version}\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n`)
    expect(expecting('1.1', '/empty').map(({ head }) => head)).toEqual(['HTTP/1.1 100 Continue\r\n\r\n'])
    expect(expecting('1.1', '/nope')).toMatchObject([{ code: 404, closes: true }])
    expect(expecting('1.0', '/empty')).toEqual([])
    expect(get('/', 'Expect: tea').code).toBe(417)
  })
})

describe('methods and paths', () => {
  it('[9110-9.3.2-a, 9110-9.3.2-b, 9110-8.6-a, 9112-6.3-a, 9110-15.5] HEAD is GET without content', () => {
    for (const target of ['/digits.txt', '/data/', '/nope', '/data'])
      expect([request('HEAD', target).head, request('HEAD', target).body]).toEqual([get(target).head, ''])
  })
  it('[9110-9.1-b, 9110-10.2.1, 9110-15.5.6] 405 with Allow, 501', () => {
    expect(request('DELETE', '/digits.txt')).toMatchObject({ code: 405 })
    expect(request('PUT', '/').field('Allow')).toBe('GET, HEAD, OPTIONS')
    expect(request('BREW', '/').log[0]).toBe("code 501, message Unsupported method ('BREW')")
  })
  it('[9110-7.1] dot segments, also encoded ones, never leave the root', () => {
    for (const target of [
      '/../digits.txt',
      '/data/../digits.txt',
      '/%2e%2e/digits.txt',
      '/data%2f..%2F../../digits.txt',
      '//digits.txt',
    ])
      expect(get(target).body).toBe('0123456789')
    expect(get('/digits.txt/').code).toBe(404)
    expect(get('/digits.txt%00').code).toBe(404)
    expect(get('/data/a%20b%26.txt').body).toBe('x')
  })
  it('[9110-15.4.2, 9110-13.2.1-b] a directory without its slash is redirected, whatever the conditions', () => {
    expect(get('/data?q=1', 'If-None-Match: *')).toMatchObject({ code: 301, status: 'HTTP/1.1 301 Moved Permanently' })
    expect(get('/data?q=1').field('Location')).toBe('/data/?q=1')
    expect(get('//data').field('Location')).toBe('/data/')
    expect(get('/site/').body).toBe('<p>hello')
    expect(get('/data/').body).toContain('<li><a href="a%20b%26.txt">a b&amp;.txt</a></li>')
  })
  it('[9110-5.6.7, 9110-6.6.1, 9110-8.3, 9110-8.6-c, 9110-8.8.2.1-a, 9110-8.8.3.1, 9110-15.3.1, 9110-14.3] fields of a file', () => {
    const reply = get('/digits.txt')
    expect(reply.field('Date')).toBe('Sun, 22 Nov 2026 09:03:12 GMT')
    expect(reply.field('Last-Modified')).toBe(MODIFIED)
    expect(reply.field('Content-Type')).toBe('text/plain')
    expect(reply.field('Content-Length')).toBe('10')
    expect(reply.field('ETag')).toMatch(/^"[^"]+"$/)
    expect(reply.field('Accept-Ranges')).toBe('bytes')
    const sunday = Date.UTC(1994, 10, 6, 8, 49, 37)
    for (const date of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])
      expect(parseHttpDate(date, NOW)).toBe(sunday)
    for (const date of ['', 'Sun, 31 Feb 2026 00:00:00 GMT', '2026-01-01', 'Sun, 06 Nov 1994 24:00:00 GMT'])
      expect(parseHttpDate(date, NOW)).toBeNull()
  })
})

describe('conditions', () => {
  const code = (...fields: string[]): number => get('/digits.txt', ...fields).code
  it('[9110-13.1.1, 9110-8.8.3.2, 9110-8.8.3] If-Match compares strongly; a file that has just changed has a weak tag', () => {
    expect([code(`If-Match: "x", ${TAG()}`), code('If-Match: *')]).toEqual([200, 200])
    expect([code('If-Match: "x"'), code(`If-Match: W/${TAG()}`)]).toEqual([412, 412])
    const weak = get('/fresh.txt').field('ETag') ?? ''
    expect(weak).toMatch(/^W\//)
    expect(get('/fresh.txt', `If-Match: ${weak}`).code).toBe(412)
    expect(get('/fresh.txt', `If-None-Match: ${weak.slice(2)}`).code).toBe(304)
  })
  it('[9110-13.1.2, 9110-15.4.5-a, 9110-15.4.5-b] If-None-Match compares weakly; 304 has the tag and no content', () => {
    const reply = get('/digits.txt', `If-None-Match: W/${TAG()}`)
    expect([reply.code, reply.body, reply.field('ETag'), reply.field('Content-Length')]).toEqual([
      304,
      '',
      TAG(),
      undefined,
    ])
    expect(code('If-None-Match: "x"')).toBe(200)
  })
  it('[9110-13.1.3-a, 9110-13.1.3-b, 9110-13.1.4, 9110-13.2.2] dates, and the order of conditions', () => {
    const before = 'Sun, 22 Nov 2026 08:03:11 GMT'
    expect([
      code(`If-Modified-Since: ${MODIFIED}`),
      code(`If-Modified-Since: ${before}`),
      code('If-Modified-Since: x'),
    ]).toEqual([304, 200, 200])
    expect(code(`If-Modified-Since: ${MODIFIED}`, 'If-None-Match: "x"')).toBe(200)
    expect([
      code(`If-Unmodified-Since: ${MODIFIED}`),
      code(`If-Unmodified-Since: ${before}`),
      code('If-Unmodified-Since: x'),
    ]).toEqual([200, 412, 200])
    expect(code(`If-Unmodified-Since: ${before}`, `If-Match: ${TAG()}`)).toBe(200)
    expect(code('If-Match: "x"', `If-None-Match: ${TAG()}`)).toBe(412)
  })
})

describe('ranges', () => {
  const range = (value: string, ...fields: string[]): Reply => get('/digits.txt', `Range: ${value}`, ...fields)
  it('[9110-14.1.2-a, 9110-14.1.2-b, 9110-14.2-e, 9110-15.3.7.1, 9110-14.4-b, 9110-15.3.7, 9110-15.3.7.2-c] one range', () => {
    const cases: [string, string, string][] = [
      ['bytes=0-0', '0', '0-0'],
      ['bytes=8-99', '89', '8-9'],
      ['BYTES=8-', '89', '8-9'],
      ['bytes=-3', '789', '7-9'],
      ['bytes=-99999999999999999999999', '0123456789', '0-9'],
      ['bytes=9-99999999999999999999999', '9', '9-9'],
    ]
    for (const [value, body, where] of cases) {
      const reply = range(value)
      expect([reply.code, reply.body, reply.field('Content-Range')]).toEqual([206, body, `bytes ${where}/10`])
      expect([reply.field('Content-Length'), reply.field('ETag')]).toEqual([String(body.length), TAG()])
    }
  })
  it('[9110-14.2-b, 9110-14.2-c, 9110-14.2-d] what does not count', () => {
    for (const value of ['lines=0-1', 'bytes=2-1', 'bytes=x', 'bytes=', 'bytes=-', 'bytes=0-5,1-6,2-7'])
      expect(range(value).code).toBe(200)
    expect(request('HEAD', '/digits.txt', 'Range: bytes=0-1').code).toBe(200)
  })
  it('[9110-14.2-f, 9110-14.4-c, 9110-15.5.17] outside: 416 with the length', () => {
    for (const value of ['bytes=10-', 'bytes=-0', 'bytes=99999999999999999999-']) {
      expect([range(value).code, range(value).field('Content-Range')]).toEqual([416, 'bytes */10'])
    }
  })
  it('[9110-13.1.5-a, 9110-13.1.5-b] If-Range', () => {
    expect([range('bytes=0-0', `If-Range: ${TAG()}`).code, range('bytes=0-0', `If-Range: ${MODIFIED}`).code]).toEqual([
      206, 206,
    ])
    for (const value of ['"x"', `W/${TAG()}`, 'Sun, 22 Nov 2026 08:03:13 GMT', 'x'])
      expect(range('bytes=0-0', `If-Range: ${value}`).code).toBe(200)
    expect(get('/digits.txt', 'If-Range: "x"').code).toBe(200)
  })
  it('[9110-15.3.7.2-a, 9110-15.3.7.2-b, 9110-15.3.7.2-d] several ranges are parts in the order asked for', () => {
    const reply = range('bytes=5-6,0-1')
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(reply.field('Content-Type') ?? '')?.[1]
    expect([reply.code, reply.field('Content-Range')]).toEqual([206, undefined])
    expect(reply.field('Content-Length')).toBe(String(reply.body.length))
    const part = (where: string, body: string): string =>
      `--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes ${where}/10\r\n\r\n${body}\r\n`
    expect(reply.body).toBe(`${part('5-6', '56')}${part('0-1', '01')}--${boundary}--\r\n`)
  })
})

/** A host with a server on 8080 that serves /srv. */
const serving = async (program = 'python3', args = ['-m', 'http.server', '8080']) => {
  const clock = new Scheduler()
  const host = new Host(contextOf(clock))
  for (const one of programs) host.programs.register(one)
  host.putFiles({ '/srv/hello.txt': 'hello\n', '/srv/sub/x': 'x' })
  const server = host.spawn(program, args, { cwd: '/srv' })
  await settle(clock)
  const curl = async (...words: string[]): Promise<Child> => {
    const child = host.spawn('curl', words)
    await run(clock, clock.now + 5 * SECOND)
    return child
  }
  return { clock, host, server, curl }
}

const outOf = (child: Child): string => child.stdout?.text ?? ''
const errOf = (child: Child): string => child.stderr?.text ?? ''

describe('programs', () => {
  it('python3 -m http.server says, logs and ends as Python does', async () => {
    const { host, server, curl, clock } = await serving()
    const got = await curl('-s', 'http://127.0.0.1:8080/hello.txt')
    expect([outOf(got), errOf(got)]).toEqual(['hello\n', ''])
    await curl('-s', 'http://127.0.0.1:8080/nope')
    expect(errOf(server).replace(/\[[^\]]*\]/g, '[]')).toBe(
      '127.0.0.1 - - [] "GET /hello.txt HTTP/1.1" 200 -\n127.0.0.1 - - [] code 404, message File not found\n127.0.0.1 - - [] "GET /nope HTTP/1.1" 404 -\n',
    )
    const second = host.spawn('python3', ['-m', 'http.server', '8080'])
    await settle(clock)
    expect(errOf(second)).toMatch(/^Traceback [\s\S]*\nOSError: \[Errno 98\] Address already in use\n$/)
    server.kill('SIGINT')
    expect((await Promise.all([server.exited, run(clock, clock.now + SECOND)]))[0].code).toBe(0)
    expect(outOf(server)).toBe(
      'Serving HTTP on 0.0.0.0 port 8080 (http://0.0.0.0:8080/) ...\n\nKeyboard interrupt received, exiting.\n',
    )
  })
  it('[9112-9.6-c] http-server closes in stages: what comes after the last response does no harm to it', async () => {
    const { host, clock } = await serving('http-server', ['8080'])
    let seen = ''
    const client = host.start(async (proc: Process) => {
      const fd = proc.socket(AF_INET, SOCK_STREAM)
      await proc.promises.connect(fd, { address: '127.0.0.1', port: 8080 })
      await proc.promises.send(fd, 'GET /hello.txt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
      await proc.promises.sleep(100)
      await proc.promises.send(fd, 'GET / HTTP/1.1\r\n\r\n'.repeat(10))
      await proc.promises.sleep(100)
      seen = text(await proc.promises.readAll(fd))
      return 0
    }, 'client')
    await run(clock, clock.now + 5 * SECOND)
    expect((await client.exited).code).toBe(0)
    expect(seen).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nhello\n$/)
  })
  it('curl: redirects, output, codes', async () => {
    const { host, curl } = await serving()
    expect(outOf(await curl('-sL', '-w', '%{http_code} %{num_redirects}', 'http://127.0.0.1:8080/sub'))).toMatch(
      /200 1$/,
    )
    expect(errOf(await curl('-sf', '-S', 'http://127.0.0.1:8080/no'))).toBe(
      'curl: (22) The requested URL returned error: 404\n',
    )
    const refused = await curl('-sS', 'http://127.0.0.1:81/')
    expect([errOf(refused), (await refused.exited).code]).toEqual([
      "curl: (7) Failed to connect to 127.0.0.1 port 81 after 0 ms: Couldn't connect to server\n",
      7,
    ])
    await curl('-s', '-o', '/tmp/out', 'http://127.0.0.1:8080/hello.txt')
    expect(host.init.readText('/tmp/out')).toBe('hello\n')
    expect(errOf(await curl('--zzz'))).toMatch(/^curl: option --zzz: is unknown\n/)
    expect(outOf(await curl('-sI', 'http://127.0.0.1:8080/hello.txt'))).toMatch(/^HTTP\/1.0 200 OK\r\n[\s\S]*\r\n\r\n$/)
  })
})
