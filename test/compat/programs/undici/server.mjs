import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** How often a path was asked for. */
const counts = new Map()

const answer = async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://server')
  const count = (counts.get(pathname) ?? 0) + 1
  counts.set(pathname, count)
  switch (pathname) {
    case '/count':
      return response.end(String(count))
    case '/flaky':
      response.statusCode = count < 3 ? 503 : 200
      return response.end(`try ${count}`)
    case '/bytes':
      return response.end(Buffer.alloc(Number(searchParams.get('n')), 'undici'))
    case '/upper':
      response.setHeader('trailer', 'x-digest')
      return upper(request, response)
    case '/cut':
      response.writeHead(200, { 'content-length': '100' })
      response.write('half of')
      return setImmediate(() => response.destroy())
    case '/never':
      return undefined
    case '/moved':
      return response.writeHead(302, { location: '/count' }).end()
    default:
      return response.writeHead(404).end()
  }
}

/** Text in capitals, as it comes; its digest follows in a trailer. */
const upper = async (request, response) => {
  const hash = createHash('md5')
  for await (const chunk of request) {
    const text = String(chunk).toUpperCase()
    hash.update(text)
    if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.addTrailers({ 'x-digest': hash.digest('hex') })
  response.end()
}

export const start = (port) =>
  new Promise((resolve, reject) => {
    counts.clear()
    const server = createServer(answer)
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`you said ${data}`)))
    server.on('error', reject)
    server.listen(port, () => {
      const close = () =>
        new Promise((closed) => {
          server.close(closed)
          server.closeAllConnections()
        })
      resolve({ port: server.address().port, close })
    })
  })

if (process.argv[1] === import.meta.filename) {
  const { port, close } = await start(Number(process.env.PORT ?? 3000))
  process.on('SIGTERM', () => close())
  console.log(`listening on ${port}`)
}
