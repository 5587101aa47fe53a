/** Two hosts on a cable with the network programs, for their tests. */
import type { Host, Process, Program } from '../../src/host/index.ts'
import { type LinkOptions, Network } from '../../src/network/index.ts'

export interface Result {
  readonly out: string
  readonly err: string
  readonly code: number | null
}

export class Desk {
  readonly net: Network
  readonly server: Host
  readonly client: Host

  constructor(programs: readonly Program[], options: LinkOptions = {}) {
    this.net = new Network({ seed: 7, programs })
    this.server = this.net.host('server', { address: '10.0.0.1/24' })
    this.client = this.net.host('client', { address: '10.0.0.2/24' })
    this.net.link(this.server, this.client, options)
  }

  /** Run a command line (words between blanks, no shell) to its end. */
  async run(
    host: Host,
    command: string,
    options: { readonly user?: string; readonly input?: string } = {},
  ): Promise<Result> {
    const [name, ...args] = command.split(' ').map((word) => word.replaceAll('\u00a0', ' '))
    const child = host.spawn(name as string, args, options)
    const { code } = await child.exited
    return { out: child.stdout?.text ?? '', err: child.stderr?.text ?? '', code }
  }

  /** A process with sockets that lives on; `make` may wait. */
  async holder(host: Host, name: string, make: (process: Process) => Promise<void> | void): Promise<Process> {
    const process = host.process(name)
    await make(process)
    return process
  }
}

/** Lines with pids, inodes and other numbers that differ from run to run replaced, widths kept. */
export const lines = (text: string): string[] => text.split('\n').slice(0, -1)
