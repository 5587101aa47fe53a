/** One seeded transfer over a bad link: both directions, half-closes, every byte checked. Shared by the bulk run and a test. */
import { AF_INET, Network, type Process, SO_KEEPALIVE, SOCK_STREAM, SOL_SOCKET } from '../src/index.node.ts'
import type { PacketMode } from '../src/link/index.ts'
import { createRandom, type Random } from '../src/time/random.ts'

export type Outcome = 'intact' | 'error' | 'undetected flip'

export interface TransferResult {
  readonly seed: number
  readonly outcome: Outcome
  readonly detail: string
  readonly digest: string
}

const between = (random: Random, low: number, high: number): number => low + random.below(high - low + 1)

const bytesOf = (random: Random, length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = random.int32()
  return bytes
}

/** Write everything, then say so (half-close). */
const writeAll = async (process: Process, fd: number, data: Uint8Array): Promise<void> => {
  await process.promises.send(fd, data)
  process.shutdown(fd, 1)
}

const readAll = async (process: Process, fd: number, room: number): Promise<Uint8Array> => {
  const all = new Uint8Array(room + 1)
  const buf = new Uint8Array(16_384)
  let at = 0
  for (;;) {
    const n = await process.promises.recv(fd, buf)
    if (n === 0) return all.slice(0, at)
    if (at + n > all.length) throw new Error('more bytes came than were sent')
    all.set(buf.subarray(0, n), at)
    at += n
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/**
 * A client and a server send each other up to `most` bytes at the same time over a link with loss, duplication, reordering
 * and flipped bits, all drawn from the seed. `error` is a socket's error, which is allowed; a wrong byte without one is not,
 * unless corruption was on: a flip that a 16-bit checksum cannot see has that name.
 */
export const transfer = async (
  seed: number,
  packets: PacketMode = 'records',
  most = 100_000,
): Promise<TransferResult> => {
  const random = createRandom(seed, 'transfer')
  const net = new Network({ seed, packets, digest: true })
  const server = net.host('server', { address: '10.0.0.1/24' })
  const client = net.host('client', { address: '10.0.0.2/24' })
  const share = (n: number): number => (random.below(4) === 0 ? 0 : random.float() * n)
  const impairment = {
    latency: between(random, 0, 50_000_000),
    jitter: 0,
    loss: share(0.3),
    duplicate: share(0.1),
    reorder: share(0.2),
    corrupt: share(0.05),
  }
  net.link(server, client, { ...impairment, offload: random.below(2) === 0 })
  const up = bytesOf(random, between(random, 0, most))
  const down = bytesOf(random, between(random, 0, most))
  const problems: string[] = []
  const report =
    (who: string) =>
    (error: unknown): null => {
      problems.push(`${who}: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  const serving = server
    .run(async (p) => {
      const listener = p.socket(AF_INET, SOCK_STREAM, 0)
      p.bind(listener, { address: '0.0.0.0', port: 80 })
      p.listen(listener, 1)
      const { fd } = await p.promises.accept(listener)
      p.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
      const [got] = await Promise.all([readAll(p, fd, most), writeAll(p, fd, down)])
      return got
    })
    .catch(report('server'))
  const calling = client
    .run(async (p) => {
      const fd = p.socket(AF_INET, SOCK_STREAM, 0)
      p.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
      await p.promises.connect(fd, { address: '10.0.0.1', port: 80 })
      const [got] = await Promise.all([readAll(p, fd, most), writeAll(p, fd, up)])
      return got
    })
    .catch((error: unknown) => {
      // Without a connection the server would wait for ever, as a server does.
      for (const process of server.processes.list()) if (process !== server.init) process.deliver(9)
      return report('client')(error)
    })
  // A reader whose peer is gone without a word learns it by keep-alive, after two hours and eleven minutes.
  const silence = net.runFor('3h').then(
    () => 'silence' as const,
    () => 'silence' as const,
  )
  const results = await Promise.race([Promise.all([serving, calling]), silence])
  const digest = net.digest()
  await net.close()
  if (results === 'silence') throw new Error(`seed ${seed}: silence: neither all bytes nor an error`)
  const [atServer, atClient] = results
  if (problems.length > 0) return { seed, outcome: 'error', detail: problems.join('; '), digest }
  const wrong = [
    ...(atServer !== null && !same(atServer, up) ? ['server'] : []),
    ...(atClient !== null && !same(atClient, down) ? ['client'] : []),
  ]
  if (wrong.length === 0) return { seed, outcome: 'intact', detail: `${up.length} up, ${down.length} down`, digest }
  if (impairment.corrupt === 0)
    throw new Error(`seed ${seed}: wrong bytes at ${wrong.join(' and ')} though no bit was flipped`)
  return { seed, outcome: 'undetected flip', detail: `wrong bytes at ${wrong.join(' and ')}`, digest }
}
