/** Puts virtual hosts under the Pipe handles of lib/net.js: Unix socket paths. */
import { internals, type NativeHandle } from '../internals.ts'
import { refuse } from '../refuse.ts'
import type { ConnectRequest } from './connection.ts'
import { PipeShell } from './pipe-shell.ts'
import { isStdio, replaceMethods, Shells } from './replace.ts'
import { acceptInstances } from './tcp.ts'

const pipeShells: Shells<PipeShell> = new Shells((program, handle) => new PipeShell(program, handle))

/** What a Pipe handle that has no endpoint yet turns out to be; null: the kernel's. */
export const decidePipe = (handle: NativeHandle): PipeShell | null =>
  (handle as unknown as { fd: number }).fd >= 0 ? pipeShells.get(handle) : pipeShells.decide(handle)

export const installPipe = (): void => {
  const { Pipe } = internals()
  replaceMethods(
    Pipe,
    pipeShells,
    {
      bind: (shell, args) => shell.bind(args[0] as unknown as string),
      connect: (shell, args) => {
        const [request, name] = args as unknown as [ConnectRequest, string]
        return shell.connect(request, name)
      },
      listen: (shell, args) => shell.listen(args[0] as unknown as number),
      fchmod: (shell, args) => shell.fchmod(args[0] as unknown as number),
      open: () => refuse('a pipe on a descriptor of the real system'),
    },
    {
      close: (shell, args) => shell.close(args[0] as unknown as (() => void) | undefined),
      ref: (shell) => shell.ref(),
      unref: (shell) => shell.unref(),
      hasRef: (shell) => shell.hasRef(),
      setBlocking: () => 0,
    },
    isStdio,
  )
  acceptInstances(Pipe, 'Pipe')
}
