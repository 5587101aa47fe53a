/** A UDP port of the real machine that leads to a port of a virtual host: a virtual socket for each peer, until it has been silent. */
import dgram from 'node:dgram'
import type { Host } from '../../host/index.ts'
import { current, outsideOfPrograms, type Program } from '../current.ts'
import { holdPeer } from './peer.ts'
import type { Publication, PublishSpec } from './spec.ts'
import { targetOf } from './target.ts'

/** As conntrack forgets a UDP flow that was answered (nf_conntrack_udp_timeout_stream). */
const SILENCE_MS = 120_000
/** Strangers cannot fill the host: beyond it the oldest flow ends. */
const FLOWS_MAX = 1024

interface Flow {
  send(message: Uint8Array): void
  close(): void
}

type Answer = (message: Uint8Array) => void

const openFlow = (program: Program, to: number, peer: dgram.RemoteInfo, answer: Answer, over: () => void): Flow => {
  const { host } = program
  const held = holdPeer(host, peer.address)
  const type = held.address?.includes(':') === true ? 'udp6' : 'udp4'
  const waiting: Uint8Array[] = []
  let isReady = false
  let socket = makeSocket(host, program, type, held.address, peer.port)
  const target = targetOf(host, 'udp', to, type === 'udp6' ? 6 : 4)
  let isOver = false
  const close = (): void => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    socket.close()
    held.release()
    over()
  }
  const timer = setTimeout(close, SILENCE_MS)
  timer.unref()
  const attach = (): void => {
    socket.on('message', (message) => {
      timer.refresh()
      answer(message)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || isReady) return
      socket.close()
      socket = makeSocket(host, program, type, held.address, 0)
      attach()
    })
    socket.on('listening', () => {
      isReady = true
      for (const message of waiting.splice(0)) socket.send(message, to, target)
    })
  }
  attach()
  return {
    send(message) {
      timer.refresh()
      if (isReady) socket.send(message, to, target)
      else waiting.push(message)
    },
    close,
  }
}

const makeSocket = (
  _host: Host,
  program: Program,
  type: dgram.SocketType,
  address: string | null,
  port: number,
): dgram.Socket =>
  current.run(program, () => {
    const socket = dgram.createSocket(type)
    if (address === null) socket.bind(0)
    else socket.bind(port, address)
    return socket
  })

/** Rejects with Node's own error when the real port cannot be had. */
export const publishUdp = (program: Program, spec: PublishSpec): Promise<Publication> =>
  outsideOfPrograms(
    () =>
      new Promise((resolve, reject) => {
        const flows = new Map<string, Flow>()
        const real = dgram.createSocket(spec.address.includes(':') ? 'udp6' : 'udp4')
        real.on('message', (message, peer) => {
          const key = `${peer.address} ${peer.port}`
          let flow = flows.get(key)
          if (flow === undefined) {
            if (flows.size >= FLOWS_MAX) (flows.values().next().value as Flow).close()
            const answer: Answer = (reply) => outsideOfPrograms(() => real.send(reply, peer.port, peer.address))
            flow = openFlow(program, spec.to, peer, answer, () => flows.delete(key))
            flows.set(key, flow)
          }
          flow.send(message)
        })
        real.once('error', reject)
        real.bind({ port: spec.port, address: spec.address, exclusive: true }, () => {
          real.off('error', reject)
          real.on('error', () => undefined)
          const { address, port } = real.address()
          resolve({
            address,
            port,
            unref: () => void real.unref(),
            close: () =>
              new Promise((done) => {
                for (const flow of [...flows.values()]) flow.close()
                real.close(() => done())
              }),
          })
        })
      }),
  )
