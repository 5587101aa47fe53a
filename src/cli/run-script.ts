/** A script on a virtual host in virtual time: the real standard streams carry its own. */
import { constants } from 'node:os'
import { type Child, Signal } from '../host/index.ts'
import type { Host, Network } from '../index.node.ts'
import { StreamSink, StreamSource } from './stream-files.ts'

export interface ScriptChoice {
  /** Arguments of the shell: `-c commands name ...`, a file's, or none (standard input). */
  readonly args: readonly string[]
}

/** The script's exit code. */
export const runScript = async (network: Network, host: Host, { args }: ScriptChoice): Promise<number> => {
  const out = new StreamSink(process.stdout)
  const err = new StreamSink(process.stderr)
  let waiting = false
  const source = process.stdin.isTTY
    ? null
    : new StreamSource(process.stdin, (waits) => {
        if (waits === waiting) return
        waiting = waits
        if (waits) network.pause()
        else network.resume()
      })
  const child = start(host, args, source, out, err)
  const code = await endOf(child)
  await out.flush()
  await err.flush()
  await network.close()
  process.stdin.destroy()
  return code
}

const start = (
  host: Host,
  args: readonly string[],
  source: StreamSource | null,
  out: StreamSink,
  err: StreamSink,
): Child => {
  if (source !== null) return host.spawn('bash', args, { stdio: [source, out, err] })
  const fd = host.init.open('/dev/null')
  const nothing = host.init.descriptors.get(fd)
  const child = host.spawn('bash', args, { stdio: [nothing, out, err] })
  host.init.close(fd)
  return child
}

/** A script that waits for what can never happen leaves nothing in the event loop: say so instead of vanishing. */
const endOf = (child: Child): Promise<number> =>
  new Promise((resolve) => {
    const stuck = (): void => {
      process.stderr.write('soquete: nothing is left to happen on this network, and the script still waits\n')
      resolve(1)
    }
    process.once('beforeExit', stuck)
    const interrupt = (): void => void child.kill(Signal.SIGKILL)
    process.once('SIGINT', interrupt)
    child.exited.then(({ code, signal }) => {
      process.removeListener('beforeExit', stuck)
      process.removeListener('SIGINT', interrupt)
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal as NodeJS.Signals])
    })
  })
