import { isIPv4 } from 'node:net'
import { Readable } from 'node:stream'
import Fastify from 'fastify'

const personSchema = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1 }, age: { type: 'integer', minimum: 0 } },
}

const makeApp = () => {
  const app = Fastify({ forceCloseConnections: true })
  app.decorateRequest('started', 0)
  app.addHook('onRequest', async (request) => {
    request.started = process.hrtime.bigint()
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-timed', process.hrtime.bigint() > request.started)
  })

  const replySchema = { 200: { type: 'object', properties: { name: { type: 'string' }, next: { type: 'integer' } } } }
  app.post('/people', { schema: { body: personSchema, response: replySchema } }, async (request) => ({
    name: request.body.name,
    next: (request.body.age ?? 0) + 1,
    hidden: true,
  }))

  app.get('/whoami', async (request) => ({ host: request.host, method: request.method, v4: isIPv4(request.ip) }))

  // Events, one after the other, each when the one before has been written.
  app.get('/events', (_request, reply) => {
    const events = async function* () {
      for (let n = 1; n <= 5; n++) {
        yield `id: ${n}\ndata: ${'x'.repeat(n)}\n\n`
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return reply.type('text/event-stream').send(Readable.from(events()))
  })

  app.post('/echo', (request, reply) => reply.type('application/octet-stream').send(request.body))
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

  app.get('/failure', async () => {
    throw new TypeError('on purpose')
  })
  app.get('/never', () => new Promise(() => undefined))
  return app
}

export const start = async (port) => {
  const app = makeApp()
  await app.listen({ port, host: '0.0.0.0' })
  return { port: app.server.address().port, close: () => app.close() }
}

if (process.argv[1] === import.meta.filename) {
  const { port, close } = await start(Number(process.env.PORT ?? 3000))
  process.on('SIGTERM', () => close())
  console.log(`listening on ${port}`)
}
