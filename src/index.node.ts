/** soquete under Node: the portable face on Node's own event loop. */
import type { Host } from './host/index.ts'
import { Network as PortableNetwork } from './index.ts'
import type { NetworkOptions } from './network/index.ts'
import { nodeCallContext } from './node/call-context.ts'
import { nodePlatform } from './node/platform.ts'
import { installNode } from './node/program/index.ts'
import { publish } from './node/publish/index.ts'
import type { Publication, PublishSpec } from './node/publish/spec.ts'
import { nodeRunner } from './node/run.ts'
import { reports } from './userland/reports.ts'

export * from './firewall.ts'
export * from './index.ts'
export type { Publication, PublishSpec } from './node/publish/spec.ts'
export * from './topology.ts'

/** A network driven by Node: one user callback at a time with its ticks and microtasks, as sockets of the kernel do. */
export class Network extends PortableNetwork {
  readonly #publications = new Set<Publication>()

  constructor(options: NetworkOptions = {}) {
    const start =
      options.time === 'real' && options.start === undefined
        ? { start: Math.round(performance.timeOrigin + performance.now()) }
        : {}
    super({
      platform: nodePlatform(),
      ...start,
      ...(options.trace === true ? { callContext: nodeCallContext() } : {}),
      ...options,
      onHost: (host) => {
        for (const [name, reporter] of Object.entries(reports)) host.reports.set(name, reporter)
        installNode(host, options.time ?? 'virtual')
        host.runner = nodeRunner(host, options.time ?? 'virtual')
        options.onHost?.(host)
      },
    })
  }

  /**
   * Let a port of the real machine lead to a port of a host: `publish('8080:80', server)`. TCP and UDP (`5353:53/udp`), on loopback
   * unless the text begins with another address. The program sees its peer's true address. It ends with the network.
   *
   * @throws RangeError for a wrong text; Node's own error (EADDRINUSE, EACCES) when the real port cannot be had
   */
  async publish(spec: string | PublishSpec, host: Host | string): Promise<Publication> {
    if (this.time === 'virtual')
      throw new Error("publish: the real machine is in real time; make the network with { time: 'real' }")
    const publication = await publish(spec, typeof host === 'string' ? this.host(host) : host)
    this.#publications.add(publication)
    return publication
  }

  override async close(): Promise<void> {
    await Promise.all([...this.#publications].map((publication) => publication.close()))
    this.#publications.clear()
    await super.close()
  }
}
