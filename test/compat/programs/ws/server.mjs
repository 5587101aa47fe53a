import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

export const start = (port) =>
  new Promise((resolve, reject) => {
    const server = createServer((_request, response) => response.end('plain http\n'))
    const room = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 512 } })

    server.on('upgrade', (request, socket, head) => {
      const { pathname } = new URL(request.url, 'http://room')
      if (pathname !== '/room') return socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
      room.handleUpgrade(request, socket, head, (client) => room.emit('connection', client, request))
    })

    room.on('connection', (client) => {
      client.send('welcome')
      client.on('message', (data, isBinary) => {
        if (isBinary) return client.send(data)
        const text = String(data)
        if (text === 'leave') return client.close(4001, 'as you wish')
        if (text === 'crash') return client.terminate()
        for (const other of room.clients) if (other.readyState === WebSocket.OPEN) other.send(`all: ${text}`)
      })
    })

    server.on('error', reject)
    server.listen(port, () => {
      const close = () =>
        new Promise((closed) => {
          for (const client of room.clients) client.terminate()
          room.close()
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
