import { openAsBlob } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

/** A fresh database; or, which is quicker, one that somebody dumped. */
const open = async (dump = process.env.PGDUMP) => PGlite.create(dump ? { loadDataDir: await openAsBlob(dump) } : {})

export const start = async (port) => {
  const db = await open()
  const server = new PGLiteSocketServer({ db, port, host: '0.0.0.0', maxConnections: 10 })
  await server.start()
  const close = async () => {
    await server.stop()
    await db.close()
  }
  return { port: Number(server.getServerConn().split(':').at(-1)), close }
}

if (process.argv[1] === import.meta.filename) {
  const { port, close } = await start(Number(process.env.PORT ?? 5432))
  process.on('SIGTERM', () => close())
  console.log(`listening on ${port}`)
}
