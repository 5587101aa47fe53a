import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FtpSrv } from 'ftp-srv'

const nothing = () => undefined

/** ftp-srv logs by bunyan unless it is given something else. */
const quiet = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => quiet,
}

export const start = async (port) => {
  const root = await mkdtemp(join(tmpdir(), 'ftp-'))
  // The address that PASV tells: the one the client has reached.
  const pasv_url = process.env.PASV_URL ?? '127.0.0.1'
  const pasv_min = Number(process.env.PASV_MIN ?? 30_000)
  const server = new FtpSrv({ url: `ftp://0.0.0.0:${port}`, pasv_url, pasv_min, log: quiet, greeting: 'files' })
  server.on('login', ({ username, password }, resolve, reject) => {
    if (username === 'ada' && password === 'secret') resolve({ root })
    else reject(new Error('who are you?'))
  })
  await server.listen()
  const close = async () => {
    await server.close()
    await rm(root, { recursive: true })
  }
  return { port: server.server.address().port, close }
}

if (process.argv[1] === import.meta.filename) {
  const { port, close } = await start(Number(process.env.PORT ?? 2121))
  process.removeAllListeners('SIGTERM')
  process.on('SIGTERM', () => close())
  console.log(`listening on ${port}`)
}
