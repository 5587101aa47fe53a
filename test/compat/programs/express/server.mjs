import { createHash } from 'node:crypto'
import express from 'express'

const notes = new Map()

const makeApp = () => {
  const app = express()
  app.use(express.json())

  app.get('/', (_request, response) => response.send('hello'))

  app.post('/notes', (request, response) => {
    const { title } = request.body
    if (typeof title !== 'string') throw Object.assign(new Error('a note has a title'), { status: 422 })
    const id = String(notes.size + 1)
    notes.set(id, title)
    response.status(201).location(`/notes/${id}`).json({ id, title })
  })

  app.get('/notes/:id', (request, response) => {
    const title = notes.get(request.params.id)
    if (title === undefined) response.status(404).json({ error: 'no such note' })
    else response.json({ title, query: request.query })
  })

  app.get('/old', (_request, response) => response.redirect(301, '/'))

  app.get('/pattern/:size', (request, response) => {
    response.type('bin').send(Buffer.alloc(Number(request.params.size), 'pattern'))
  })

  app.put('/digest', (request, response) => {
    const hash = createHash('sha256')
    request.on('data', (chunk) => hash.update(chunk))
    request.on('end', () => response.json({ type: request.get('content-type'), sha256: hash.digest('hex') }))
  })

  // Never answers: the client has to give up.
  app.get('/never', () => undefined)

  app.use((error, _request, response, _next) => response.status(error.status ?? 500).json({ error: error.message }))
  return app
}

export const start = (port) =>
  new Promise((resolve, reject) => {
    notes.clear()
    const server = makeApp().listen(port, (error) => {
      if (error) return reject(error)
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
