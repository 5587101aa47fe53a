/** Two hosts on a cable in real time, and waiting for events instead of the clock. */
import { type EventEmitter, once } from 'node:events'
import net from 'node:net'
import { onTestFinished } from 'vitest'
import { type Host, Network, type NetworkOptions } from '../../src/index.node.ts'

export interface TwoHosts {
  readonly net: Network
  readonly server: Host
  readonly client: Host
}

export const twoHosts = (options: NetworkOptions = {}, link: Parameters<Network['link']>[2] = {}): TwoHosts => {
  const network = new Network({ time: 'real', ...options })
  const server = network.host('server', { address: ['10.0.0.1/24', 'fd00::1/64'] })
  const client = network.host('client', { address: ['10.0.0.2/24', 'fd00::2/64'] })
  network.link(server, client, link)
  onTestFinished(() => network.close())
  return { net: network, server, client }
}

/** Resolves with the first argument of the event. */
export const event = async <T>(emitter: EventEmitter, name: string): Promise<T> => {
  const [value] = (await once(emitter, name)) as [T]
  return value
}

/** A server of `host` on `port`, listening. */
export const listen = (
  host: Host,
  port: number | string,
  onConnection: (socket: net.Socket) => void,
  options: net.ServerOpts = {},
): Promise<net.Server> =>
  host.run(async () => {
    const server = net.createServer(options, onConnection)
    server.listen(port)
    await once(server, 'listening')
    return server
  })

/** Everything a socket reads until its end. */
export const readAll = async (socket: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
