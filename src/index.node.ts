/** soquete under Node: the portable face on Node's own event loop. */
import { Network as PortableNetwork } from './index.ts'
import type { NetworkOptions } from './network/index.ts'
import { nodePlatform } from './node/platform.ts'
import { installNode } from './node/program/index.ts'
import { nodeRunner } from './node/run.ts'
import { reports } from './userland/reports.ts'

export * from './firewall.ts'
export * from './index.ts'
export * from './topology.ts'

/** A network driven by Node: one user callback at a time with its ticks and microtasks, as sockets of the kernel do. */
export class Network extends PortableNetwork {
  constructor(options: NetworkOptions = {}) {
    const start =
      options.time === 'real' && options.start === undefined
        ? { start: Math.round(performance.timeOrigin + performance.now()) }
        : {}
    super({
      platform: nodePlatform(),
      ...start,
      ...options,
      onHost: (host) => {
        for (const [name, reporter] of Object.entries(reports)) host.reports.set(name, reporter)
        installNode(host, options.time ?? 'virtual')
        host.runner = nodeRunner(host, options.time ?? 'virtual')
        options.onHost?.(host)
      },
    })
  }
}
