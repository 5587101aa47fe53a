/** What to publish, in Docker's words: `[address:]port:hostPort[/tcp|/udp]`. */

export interface PublishSpec {
  /** Port of the real machine; 0: any free one. */
  readonly port: number
  /** Port of the virtual host. */
  readonly to: number
  readonly protocol: 'tcp' | 'udp'
  /** Address of the real machine. Default 127.0.0.1: nobody else gets in. */
  readonly address: string
}

export const LOOPBACK = '127.0.0.1'

const portOf = (text: string | undefined, spec: string): number => {
  const port = Number(text)
  if (text === undefined || !/^\d+$/.test(text) || port > 65_535)
    throw new RangeError(`publish: "${spec}" is not [address:]port:hostPort[/tcp|/udp]`)
  return port
}

/** @throws RangeError */
export const parsePublish = (spec: string): PublishSpec => {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(spec)
  const to = portOf(match?.[4], spec)
  if (to === 0) throw new RangeError(`publish: "${spec}": 0 is no port of a host`)
  return {
    port: portOf(match?.[3], spec),
    to,
    protocol: match?.[5] === 'udp' ? 'udp' : 'tcp',
    address: match?.[1] ?? match?.[2] ?? LOOPBACK,
  }
}

/** A way in, open until it is closed. */
export interface Publication {
  readonly address: string
  readonly port: number
  /** Do not keep the real process alive. */
  unref(): void
  close(): Promise<void>
}
