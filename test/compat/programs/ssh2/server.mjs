import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import ssh2 from 'ssh2'

const { Server, utils } = ssh2
const { flagsToString, STATUS_CODE } = utils.sftp

/** What the client has to log in with: a password, or the key that belongs to this one. */
const PASSWORD = 'open sesame'

const isPassword = (given) =>
  given.length === PASSWORD.length && timingSafeEqual(Buffer.from(given), Buffer.from(PASSWORD))

const authenticate = (context) => {
  if (context.username !== 'ada') return context.reject(['password', 'publickey'])
  if (context.method === 'password' && isPassword(context.password)) return context.accept()
  if (context.method === 'publickey') {
    // Any key will do, if the client can sign with it.
    const key = utils.parseKey(context.key.data)
    if (context.signature === undefined || key.verify(context.blob, context.signature, context.hashAlgo) === true)
      return context.accept()
  }
  return context.reject(['password', 'publickey'])
}

const run = (channel, command) => {
  if (command === 'cat') {
    channel.on('end', () => {
      channel.exit(0)
      channel.end()
    })
    return channel.pipe(channel, { end: false })
  }
  if (command === 'fail') {
    channel.stderr.write('it failed\n')
    channel.exit(3)
  } else if (command === 'die') channel.exit('TERM', false, 'terminated')
  else {
    channel.write(`ran ${command}\n`)
    channel.exit(0)
  }
  channel.end()
}

/** A shell with three words. */
const shell = (channel, terminal) => {
  channel.write('$ ')
  let line = ''
  channel.on('data', (data) => {
    for (const char of String(data)) {
      if (char !== '\r') {
        line += char
        continue
      }
      if (line === 'size') channel.write(`${terminal.rows}x${terminal.cols}\r\n$ `)
      else if (line === 'exit') {
        channel.exit(0)
        channel.end('bye\r\n')
      } else channel.write(`${line}: not found\r\n$ `)
      line = ''
    }
  })
}

/** Files that live in memory. */
const files = new Map()

const serveFiles = (sftp) => {
  const open = new Map()
  let next = 0
  const nameOf = (handle) => open.get(handle.readUInt32BE(0))
  sftp.on('OPEN', (id, name, flags) => {
    const mode = flagsToString(flags)
    if (mode === 'r' && !files.has(name)) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
    if (mode === 'w') files.set(name, Buffer.alloc(0))
    const handle = Buffer.alloc(4)
    handle.writeUInt32BE(next)
    open.set(next++, name)
    sftp.handle(id, handle)
  })
  sftp.on('WRITE', (id, handle, offset, data) => {
    const name = nameOf(handle)
    const old = files.get(name)
    const file = Buffer.alloc(Math.max(old.length, offset + data.length))
    old.copy(file)
    data.copy(file, offset)
    files.set(name, file)
    sftp.status(id, STATUS_CODE.OK)
  })
  sftp.on('READ', (id, handle, offset, length) => {
    const file = files.get(nameOf(handle))
    if (offset >= file.length) sftp.status(id, STATUS_CODE.EOF)
    else sftp.data(id, file.subarray(offset, offset + length))
  })
  const stat = (id, name) => {
    const file = files.get(name)
    if (file === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
    else sftp.attrs(id, { mode: 0o100644, size: file.length, uid: 0, gid: 0, atime: 0, mtime: 0 })
  }
  sftp.on('STAT', stat)
  sftp.on('LSTAT', stat)
  sftp.on('FSTAT', (id, handle) => stat(id, nameOf(handle)))
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK))
  sftp.on('REMOVE', (id, name) => sftp.status(id, files.delete(name) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE))
}

const serveSession = (session) => {
  let terminal = { rows: 0, cols: 0 }
  session.on('pty', (accept, _reject, size) => {
    terminal = size
    accept()
  })
  session.on('shell', (accept) => shell(accept(), terminal))
  session.on('exec', (accept, _reject, { command }) => run(accept(), command))
  session.on('sftp', (accept) => serveFiles(accept()))
}

/** What the port forwarding leads to: it sends back what it gets, backwards. */
const startInner = async () => {
  const inner = createServer((socket) => socket.on('data', (data) => socket.end([...String(data)].reverse().join(''))))
  inner.listen(0, '127.0.0.1')
  await once(inner, 'listening')
  return inner
}

export const start = async (port) => {
  files.clear()
  const inner = await startInner()
  const clients = new Set()
  const { private: key } = utils.generateKeyPairSync('ed25519')
  const server = new Server({ hostKeys: [key] }, (client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    client.on('error', () => client.end())
    client.on('authentication', authenticate)
    client.on('session', (accept) => serveSession(accept()))
    client.on('tcpip', (accept, _reject, { destIP, destPort }) => {
      // `inner` is a name that only this server knows.
      const target = destIP === 'inner' ? inner.address().port : destPort
      const channel = accept()
      const socket = connect(target, '127.0.0.1')
      socket.on('error', () => channel.end())
      channel.pipe(socket).pipe(channel)
    })
  })
  server.listen(port, '0.0.0.0')
  await once(server, 'listening')
  const close = async () => {
    for (const client of clients) client.end()
    inner.close()
    server.close()
    await once(server, 'close')
  }
  return { port: server.address().port, close }
}

if (process.argv[1] === import.meta.filename) {
  const { port, close } = await start(Number(process.env.PORT ?? 2222))
  process.on('SIGTERM', () => close())
  console.log(`listening on ${port}`)
}
