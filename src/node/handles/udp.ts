/** Puts virtual hosts under the UDP handles of lib/dgram.js. */
import { AF_INET, AF_INET6 } from '../../socket/constants.ts'
import { EBADF, EINVAL, ENOPROTOOPT } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import { uv } from '../errno.ts'
import { internals } from '../internals.ts'
import { refuse } from '../refuse.ts'
import { replaceMethods, Shells, type VirtualMethod } from './replace.ts'
import { getpeername, getsockname, type NameOut } from './tcp-options.ts'
import * as options from './udp-options.ts'
import { type SendRequest, UdpShell } from './udp-shell.ts'

const udpShells: Shells<UdpShell> = new Shells((program, handle) => new UdpShell(program, handle))

type Bind = [address: string, port: number, flags?: number]
type Send = [
  request: SendRequest,
  list: ArrayBufferView[],
  count: number,
  port: number,
  address: string,
  callback?: boolean,
]

const bind =
  (family: number): VirtualMethod<UdpShell> =>
  (shell, args) => {
    const [address, port, flags] = args as unknown as Bind
    return shell.bind(family, address, port, flags)
  }

const connect =
  (family: number): VirtualMethod<UdpShell> =>
  (shell, args) => {
    const [address, port] = args as unknown as Bind
    return shell.connect(family, address, port)
  }

/** A connected socket's send names no address: four arguments instead of six. */
const send =
  (family: number): VirtualMethod<UdpShell> =>
  (shell, args) => {
    const [request, given, , port, address] = args as unknown as Send
    // lib/dgram.js lets any view through.
    const list = given.map((view) =>
      view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
    )
    return args.length >= 6 ? shell.sendTo(family, request, list, port, address) : shell.send(request, list, null)
  }

const membership =
  (on: boolean): VirtualMethod<UdpShell> =>
  (shell, args) => {
    const [group, through] = args as unknown as [string, string?]
    return options.setMembership(shell, group, on, through)
  }

/** Source filters are not in the virtual stack. */
const sourceMembership: VirtualMethod<UdpShell> = (_shell, args) => {
  const [source, group] = args as unknown as [string, string]
  return uv(parseAddress(source) === null || parseAddress(group) === null ? -EINVAL : -ENOPROTOOPT)
}

export const installUdp = (): void => {
  const { UDP } = internals()
  replaceMethods(
    UDP,
    udpShells,
    {
      bind: bind(AF_INET),
      bind6: bind(AF_INET6),
      connect: connect(AF_INET),
      connect6: connect(AF_INET6),
      send: send(AF_INET),
      send6: send(AF_INET6),
      addMembership: membership(true),
      dropMembership: membership(false),
      addSourceSpecificMembership: sourceMembership,
      dropSourceSpecificMembership: sourceMembership,
      open: () => refuse('a UDP handle on a descriptor of the real system'),
    },
    {
      disconnect: (shell) => shell.disconnect(),
      recvStart: (shell) => shell.recvStart(),
      recvStop: (shell) => shell.recvStop(),
      getsockname: (shell, args) => (shell.fd < 0 ? uv(-EBADF) : getsockname(shell, args[0] as unknown as NameOut)),
      getpeername: (shell, args) => (shell.fd < 0 ? uv(-EBADF) : getpeername(shell, args[0] as unknown as NameOut)),
      setBroadcast: (shell, args) => options.setBroadcast(shell, args[0] as unknown as number),
      setTTL: (shell, args) => options.setTtl(shell, args[0] as unknown as number),
      setMulticastTTL: (shell, args) => options.setMulticastTtl(shell, args[0] as unknown as number),
      setMulticastLoopback: (shell, args) => options.setMulticastLoopback(shell, args[0] as unknown as number),
      setMulticastInterface: (shell, args) => options.setMulticastInterface(shell, args[0] as unknown as string),
      bufferSize: (shell, args) => {
        const [size, isReceive, context] = args as unknown as [number, boolean, object]
        return options.bufferSize(shell, size, isReceive, context)
      },
      getSendQueueSize: (shell) => shell.queueSize,
      getSendQueueCount: (shell) => shell.queueCount,
      close: (shell, args) => shell.close(args[0] as unknown as (() => void) | undefined),
      ref: (shell) => shell.ref(),
      unref: (shell) => shell.unref(),
      hasRef: (shell) => shell.hasRef(),
    },
  )
}
