/**
 * Ports of the real machine that lead to ports of virtual hosts, so that a real browser, curl or client reaches a program there.
 * Loopback unless told otherwise; TCP and UDP. The program sees the true address of its peer.
 */
import type { Host } from '../../host/index.ts'
import type { Program } from '../current.ts'
import { install } from '../install.ts'
import { prepareProcess } from '../run.ts'
import { type Publication, type PublishSpec, parsePublish } from './spec.ts'
import { publishTcp } from './tcp.ts'
import { publishUdp } from './udp.ts'

/** The process on each host that makes the connections. */
const publishers = new WeakMap<Host, Program>()

const publisherOf = (host: Host): Program => {
  let program = publishers.get(host)
  if (program === undefined) {
    const process = host.process('publish')
    prepareProcess(process)
    program = { host, process, alive: true }
    publishers.set(host, program)
  }
  return program
}

/**
 * Let the real machine in.
 *
 * @param spec - `8080:80`, `127.0.0.1:5353:53/udp`, or the same as an object
 * @throws RangeError for a wrong text; Node's own error when the real port is taken
 */
export const publish = async (spec: string | PublishSpec, host: Host): Promise<Publication> => {
  const parsed = typeof spec === 'string' ? parsePublish(spec) : spec
  install()
  const program = publisherOf(host)
  return parsed.protocol === 'udp' ? publishUdp(program, parsed) : publishTcp(program, parsed)
}

/** For the preload: the ways in end with the program. */
export const publishAll = async (specs: readonly string[], host: Host): Promise<void> => {
  for (const spec of specs) (await publish(spec, host)).unref()
}
