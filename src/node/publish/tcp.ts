/** A TCP port of the real machine that leads to a port of a virtual host. */
import net from 'node:net'
import type { Host } from '../../host/index.ts'
import { current, outsideOfPrograms, type Program } from '../current.ts'
import { holdPeer } from './peer.ts'
import type { Publication, PublishSpec } from './spec.ts'
import { targetOf } from './target.ts'

/** One that is cut off must be seen to be: RST for RST. */
const cut = (socket: net.Socket): void => {
  if (!socket.destroyed) socket.resetAndDestroy()
}

/** Both directions, each with its own end. */
const join = (one: net.Socket, other: net.Socket): void => {
  one.pipe(other)
  other.pipe(one)
  one.on('error', () => cut(other))
  other.on('error', () => cut(one))
  one.on('close', () => other.destroySoon())
  other.on('close', () => one.destroySoon())
}

/** The virtual side: from the peer's own address and port if the host can lend them. */
const connectInside = (host: Host, to: number, address: string | null, port: number | undefined): net.Socket => {
  const family = address?.includes(':') === true ? 6 : 4
  return net.connect({
    port: to,
    host: targetOf(host, 'tcp', to, family),
    allowHalfOpen: true,
    ...(address === null ? {} : { localAddress: address }),
    ...(address === null || port === undefined ? {} : { localPort: port }),
  })
}

const relay = (program: Program, to: number, real: net.Socket): void => {
  const { host } = program
  const peer = holdPeer(host, real.remoteAddress ?? '')
  const port = real.remotePort
  let isJoined = false
  // Nothing is read from outside before the inside is there.
  real.pause()
  const open = (fromPort: number | undefined): net.Socket =>
    current.run(program, () => {
      const socket = connectInside(host, to, peer.address, fromPort)
      socket.on('connect', () => {
        isJoined = true
        join(real, socket)
      })
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (isJoined) return
        // Somebody on the host has that port: any other will do.
        if (error.code === 'EADDRINUSE' && fromPort !== undefined) inside = open(undefined)
        else cut(real)
      })
      return socket
    })
  let inside = open(port)
  real.on('error', () => cut(inside))
  real.on('close', () => {
    if (!isJoined) inside.destroy()
    peer.release()
  })
}

/** Rejects with Node's own error when the real port cannot be had. */
export const publishTcp = (program: Program, spec: PublishSpec): Promise<Publication> =>
  outsideOfPrograms(
    () =>
      new Promise((resolve, reject) => {
        const sockets = new Set<net.Socket>()
        let isReferenced = true
        const server = net.createServer({ allowHalfOpen: true }, (socket) => {
          sockets.add(socket)
          socket.on('close', () => sockets.delete(socket))
          if (!isReferenced) socket.unref()
          relay(program, spec.to, socket)
        })
        server.once('error', reject)
        server.listen({ port: spec.port, host: spec.address }, () => {
          server.off('error', reject)
          const { address, port } = server.address() as net.AddressInfo
          resolve({
            address,
            port,
            unref() {
              isReferenced = false
              server.unref()
              for (const socket of sockets) socket.unref()
            },
            close: () =>
              new Promise((done) => {
                server.close(() => done())
                for (const socket of sockets) socket.destroy()
              }),
          })
        })
      }),
  )
