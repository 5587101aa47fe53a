/** Puts virtual hosts under the TCP handles of lib/net.js. */
import { AF_INET, AF_INET6 } from '../../socket/constants.ts'
import { internals, type NativeHandle } from '../internals.ts'
import { refuse } from '../refuse.ts'
import type { ConnectRequest } from './connection.ts'
import { replaceMethods, Shells } from './replace.ts'
import { connectionOf } from './stream-handle.ts'
import type { NameOut } from './tcp-options.ts'
import * as options from './tcp-options.ts'
import { TcpShell } from './tcp-shell.ts'

const tcpShells: Shells<TcpShell> = new Shells((program, handle) => new TcpShell(program, handle))

/**
 * What a TCP handle that has no endpoint yet turns out to be; null: the kernel's. One that is the kernel's already (an accepted
 * connection) stays so, whoever asks.
 */
export const decideTcp = (handle: NativeHandle): TcpShell | null =>
  (handle as unknown as { fd: number }).fd >= 0 ? tcpShells.get(handle) : tcpShells.decide(handle)

/** Arguments as lib/net.js gives them. */
type Bind = [address: string, port: number, flags?: number]
type Connect = [request: ConnectRequest, address: string, port: number]

export const installTcp = (): void => {
  const { TCP } = internals()
  replaceMethods(
    TCP,
    tcpShells,
    {
      bind: (shell, args) => {
        const [address, port, flags] = args as unknown as Bind
        return shell.bind(AF_INET, address, port, flags)
      },
      bind6: (shell, args) => {
        const [address, port, flags] = args as unknown as Bind
        return shell.bind(AF_INET6, address, port, flags)
      },
      connect: (shell, args) => {
        const [request, address, port] = args as unknown as Connect
        return shell.connect(AF_INET, request, address, port)
      },
      connect6: (shell, args) => {
        const [request, address, port] = args as unknown as Connect
        return shell.connect(AF_INET6, request, address, port)
      },
      listen: (shell, args) => shell.listen(args[0] as unknown as number),
      open: () => refuse('a TCP handle on a descriptor of the real system'),
    },
    {
      getsockname: (shell, args) => shell.getsockname(args[0] as unknown as NameOut),
      getpeername: (shell, args) => options.getpeername(shell, args[0] as unknown as NameOut),
      setNoDelay: (shell, args) => options.setNoDelay(shell, args[0] as unknown as boolean),
      setKeepAlive: (shell, args) => {
        const [on, delay, interval, count] = args as unknown as [boolean, number, number?, number?]
        return options.setKeepAlive(shell, on, delay, interval, count)
      },
      setTypeOfService: (shell, args) => options.setTypeOfService(shell, args[0] as unknown as number),
      getTypeOfService: (shell) => options.getTypeOfService(shell),
      reset: (shell, args) => shell.reset(args[0] as unknown as (() => void) | undefined),
      close: (shell, args) => shell.close(args[0] as unknown as (() => void) | undefined),
      ref: (shell) => shell.ref(),
      unref: (shell) => shell.unref(),
      hasRef: (shell) => shell.hasRef(),
      setBlocking: () => 0,
    },
  )
  acceptInstances(TCP, 'TCP')
}

/** `handle instanceof TCP` is lib/net.js's question for "is this a TCP socket?". */
export const acceptInstances = (native: object, name: 'TCP' | 'Pipe'): void => {
  const ordinary = Function.prototype[Symbol.hasInstance]
  Object.defineProperty(native, Symbol.hasInstance, {
    configurable: true,
    value: (value: unknown) =>
      ordinary.call(native, value) ||
      (connectionOf(value) !== undefined && (value as object).constructor.name === name),
  })
}
