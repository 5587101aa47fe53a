import { once } from 'node:events'
import { WebSocket as Socket } from 'ws'

/** One message after the other, however many have come. */
const reader = (socket) => {
  const waiting = []
  const readers = []
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? data : String(data)
    const read = readers.shift()
    if (read === undefined) waiting.push(message)
    else read(message)
  })
  return () => (waiting.length > 0 ? waiting.shift() : new Promise((resolve) => readers.push(resolve)))
}

const enter = async (url) => {
  const socket = new Socket(url)
  const next = reader(socket)
  await once(socket, 'open')
  return { socket, next, greeting: await next() }
}

/** The WebSocket that browsers have; Node 20 hides it behind an option. */
const visitAsBrowser = async (url) => {
  if (globalThis.WebSocket === undefined) return 'no global WebSocket'
  const socket = new globalThis.WebSocket(url)
  const event = (name) => new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }))
  const { data } = await event('message')
  const closed = event('close')
  socket.send('leave')
  const { code, reason, wasClean } = await closed
  return `${data} ${code} ${reason} ${wasClean}`
}

export const visit = async (host, port) => {
  const url = `ws://${host}:${port}/room`
  const lines = []
  const plain = await fetch(`http://${host}:${port}/`)
  lines.push(`${plain.status} ${(await plain.text()).trim()}`)

  const [a, b, c] = [await enter(url), await enter(url), await enter(url)]
  lines.push(`${a.greeting} ${b.greeting} ${c.greeting} ${a.socket.extensions}`)
  b.socket.send('hello')
  lines.push([await a.next(), await b.next(), await c.next()].join(', '))
  const long = 'compressible '.repeat(20_000)
  c.socket.send(long)
  lines.push(`${(await a.next()) === `all: ${long}`} ${(await b.next()).length} ${(await c.next()).length}`)

  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >>> 3))
  a.socket.send(bytes)
  lines.push(`${bytes.equals(await a.next())}`)
  b.socket.send(Buffer.alloc(0))
  lines.push(`${(await b.next()).length}`)
  a.socket.ping('are you there')
  const [answer] = await once(a.socket, 'pong')
  lines.push(`pong ${answer}`)

  a.socket.send('leave')
  const [code, reason] = await once(a.socket, 'close')
  lines.push(`closed ${code} ${reason}`)
  b.socket.send('crash')
  const [lost] = await once(b.socket, 'close')
  lines.push(`closed ${lost}`)
  c.socket.close(1000, 'done')
  const [done] = await once(c.socket, 'close')
  lines.push(`closed ${done}`)

  lines.push(await visitAsBrowser(url))
  const [refused] = await once(new Socket(`ws://${host}:${port}/elsewhere`), 'error')
  lines.push(refused.message)
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
