import { createHash } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { pipeline as pipe } from 'node:stream/promises'
import { Agent, Client, fetch, interceptors, Pool, RetryAgent, request, stream, WebSocket } from 'undici'

const failure = (promise) =>
  promise.then(
    () => 'no error',
    (error) => `${error.name} ${error.code}`,
  )

export const visit = async (host, port) => {
  const base = `http://${host}:${port}`
  const lines = []

  // Pipelined on one connection: answers come in the order of the requests.
  const client = new Client(base, { pipelining: 5 })
  const counts = await Promise.all(
    Array.from({ length: 10 }, async () => (await client.request({ path: '/count', method: 'GET' })).body.text()),
  )
  lines.push(counts.join(' '))

  const pool = new Pool(base, { connections: 4 })
  const sizes = [0, 1, 1000, 65_536, 300_000, 7, 90_000, 12]
  const bodies = await Promise.all(
    sizes.map(async (n) => (await pool.request({ path: `/bytes?n=${n}`, method: 'GET' })).body.arrayBuffer()),
  )
  lines.push(bodies.map(({ byteLength }) => byteLength).join(' '))

  const parts = Array.from({ length: 30 }, (_, i) => `part ${i} ${'abc'.repeat(3000)}\n`)
  const { body, trailers } = await pool.request({ path: '/upper', method: 'POST', body: Readable.from(parts) })
  const text = await body.text()
  const digest = createHash('md5').update(text).digest('hex')
  lines.push(`${text === parts.join('').toUpperCase()} ${trailers['x-digest'] === digest}`)

  const duplex = pool.pipeline({ path: '/upper', method: 'POST' }, ({ statusCode, body }) => {
    lines.push(`pipeline ${statusCode}`)
    return body
  })
  let piped = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      piped += chunk
      done()
    },
  })
  await pipe(Readable.from(['through ', 'a ', 'pipeline']), duplex, sink)
  lines.push(piped)

  const hash = createHash('sha1')
  await stream(
    `${base}/bytes?n=200000`,
    { method: 'GET', dispatcher: pool },
    () =>
      new Writable({
        write(chunk, _encoding, done) {
          hash.update(chunk)
          done()
        },
      }),
  )
  lines.push(hash.digest('hex'))

  const retry = new RetryAgent(new Agent(), { minTimeout: 10, maxTimeout: 20 })
  const flaky = await request(`${base}/flaky`, { dispatcher: retry })
  lines.push(`${flaky.statusCode} ${await flaky.body.text()}`)

  const followed = await request(`${base}/moved`, {
    dispatcher: pool.compose(interceptors.redirect({ maxRedirections: 1 })),
  })
  lines.push(`${followed.statusCode} ${await followed.body.text()}`)
  const fetched = await fetch(`${base}/moved`, { dispatcher: pool })
  lines.push(`${fetched.status} ${fetched.redirected} ${new URL(fetched.url).pathname} ${await fetched.text()}`)

  const cut = await pool.request({ path: '/cut', method: 'GET' })
  lines.push(await failure(cut.body.text()))
  lines.push(await failure(pool.request({ path: '/never', method: 'GET', headersTimeout: 300 })))
  lines.push(await failure(pool.request({ path: '/never', method: 'GET', signal: AbortSignal.timeout(200) })))
  lines.push(await failure(request(`http://${host}:3/`)))

  const socket = new WebSocket(`ws://${host}:${port}/`, { dispatcher: pool })
  const event = (name) => new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }))
  await event('open')
  socket.send('hello')
  lines.push((await event('message')).data)
  socket.close(1000)
  lines.push(`closed ${(await event('close')).wasClean}`)

  await Promise.all([client.close(), pool.destroy(), retry.close()])
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
