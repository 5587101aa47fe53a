/** A preloaded child with a channel to its parent: everything that could carry it to the real network. */
import dgram from 'node:dgram'
import dns from 'node:dns'
import inspector from 'node:inspector'
import Module from 'node:module'
import net from 'node:net'
import process from 'node:process'

const tried = (work) => {
  try {
    const value = work()
    return value === false ? 'false' : 'done'
  } catch (error) {
    return error.code ?? String(error)
  }
}

const server = net.createServer().listen(0)
const socket = dgram.createSocket('udp4').bind(0)
const results = {
  'send a server': tried(() => process.send('x', server)),
  'send a datagram socket': tried(() => process.send('x', socket)),
  'inspector.open': tried(() => inspector.open(0)),
  execve: process.execve === undefined ? 'ERR_SOQUETE_NOT_VIRTUAL' : tried(() => process.execve('/bin/true', ['true'])),
}
process.on('uncaughtException', (error) => process.send({ 'a received handle': error.code }))
process.on('message', (_message, handle) => {
  if (handle !== undefined) process.send({ 'a received handle': 'taken' })
})
Module.register(
  `data:text/javascript,${encodeURIComponent(`
    import net from 'node:net'
    export const load = (url, context, next) =>
      url !== 'asked:' ? next(url, context) : new Promise((done) => {
        const answer = (text) => done({ format: 'module', shortCircuit: true, source: 'export default ' + JSON.stringify(text) })
        try {
          net.createServer().listen(0, () => answer('listening'))
        } catch (error) {
          answer(error.code)
        }
      })
    export const resolve = (name, context, next) =>
      name === 'asked:' ? { url: name, format: 'module', shortCircuit: true } : next(name, context)
  `)}`,
)
results['a thread of loader hooks'] = (await import('asked:')).default
results['localhost'] = (await dns.promises.lookup('localhost', { all: true })).map(({ address }) => address).join()
server.close()
socket.close()
process.send(results)
