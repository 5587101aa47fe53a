/**
 * A server of the process's working directory: `http-server [PORT]`, and `python3 -m http.server [PORT]`, which looks and
 * logs as Python 3.11's does.
 *
 * The engine (`Connection`) has no socket: bytes in, responses out. It meets RFC 9110 and 9112 for GET, HEAD and OPTIONS.
 * Under its own name it speaks HTTP/1.1; as Python's it says HTTP/1.0 and closes after each response, as Python's does
 * unless `-p HTTP/1.1` is given.
 *
 * Left out: CGI, uploads, TLS, and a limit of time for slow clients (Python's has none either).
 */
import { type Process, type Program, ResolverError, Signal } from '../../host/index.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../socket/constants.ts'
import type { AddressOut } from '../../socket/index.ts'
import { EACCES, EPERM, strerror } from '../../wire/errno.ts'
import { writeOut } from '../core/output.ts'
import { DirectorySite } from './files.ts'
import { help, parseOptions, type ServerOptions } from './options.ts'
import { acceptLoop } from './serve.ts'
import { bindTraceback, resolveTraceback } from './traceback.ts'

export { Connection } from './connection.ts'

const BACKLOG = 5

interface Flavour {
  /** As usage names it. */
  readonly prog: string
  readonly server: string
  readonly protocol: ServerOptions['protocol']
}

const runServer = async (proc: Process, args: readonly string[], flavour: Flavour): Promise<number> => {
  const options = parseOptions(flavour.prog, args, flavour.protocol)
  if (options === 'help') return await writeOut(proc, flavour.prog, help(flavour.prog, flavour.protocol))
  if ('error' in options) {
    await proc.promises.complain(options.error)
    return 2
  }
  const place = await listenOn(proc, options)
  if (typeof place === 'string') {
    await proc.promises.complain(place)
    return 1
  }
  let isInterrupted = false
  // A background job of a shell without job control has SIGINT ignored, and Python leaves it so.
  if (!proc.signals.ignores(Signal.SIGINT)) {
    proc.onSignal(
      Signal.SIGINT,
      () => {
        isInterrupted = true
      },
      false,
    )
  }
  const { listener, address, port } = place
  const urlHost = address.includes(':') ? `[${address}]` : address
  await proc.promises.print(`Serving HTTP on ${address} port ${port} (http://${urlHost}:${port}/) ...\n`)
  const site = new DirectorySite(proc, options.directory ?? proc.cwd)
  const who = { server: flavour.server, protocol: options.protocol }
  await acceptLoop({ process: proc, site, who }, listener, () => isInterrupted)
  await proc.promises.print('\nKeyboard interrupt received, exiting.\n')
  return 0
}

interface Place {
  readonly listener: number
  readonly address: string
  readonly port: number
}

/** The listener, or what Python says. */
const listenOn = async (proc: Process, { bind, port }: ServerOptions): Promise<Place | string> => {
  if (port < 0) return resolveTraceback('socket.gaierror: [Errno -8] Servname not supported for ai_socktype')
  let address = '0.0.0.0'
  let family = AF_INET
  if (bind !== null && bind !== '') {
    try {
      const [first] = await proc.promises.getaddrinfo(bind, null, { socktype: SOCK_STREAM })
      if (first !== undefined) ({ address, family } = first)
    } catch (error) {
      if (!(error instanceof ResolverError)) throw error
      return resolveTraceback(`socket.gaierror: [Errno ${error.errno}] ${error.message}`)
    }
  }
  const listener = proc.socket(family, SOCK_STREAM | SOCK_CLOEXEC)
  if (listener < 0) return bindTraceback(errorText(listener))
  if (family === AF_INET6) proc.setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0)
  proc.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1)
  // getaddrinfo(3) keeps sixteen bits of a number.
  const error = proc.bind(listener, { family, address, port: port % 65_536 })
  if (error < 0) return bindTraceback(errorText(error))
  const name: AddressOut = { length: 0, address: null }
  proc.getsockname(listener, name)
  const listening = proc.listen(listener, BACKLOG)
  if (listening < 0) return bindTraceback(errorText(listening))
  return { listener, address, port: name.address !== null && 'port' in name.address ? name.address.port : port }
}

const errorText = (error: number): string =>
  `${error === -EACCES || error === -EPERM ? 'PermissionError' : 'OSError'}: [Errno ${-error}] ${strerror(error)}`

export const program: Program = {
  name: 'http-server',
  main: (proc) => runServer(proc, proc.argv.slice(1), { prog: 'http-server', server: 'soquete', protocol: 'HTTP/1.1' }),
}

export const pythonProgram: Program = {
  name: 'python3',
  async main(proc) {
    const [first = '', ...rest] = proc.argv.slice(1)
    const [module, args] = first === '-m' ? [rest[0], rest.slice(1)] : [/^-m(.+)$/.exec(first)?.[1], rest]
    if (module === 'http.server')
      return await runServer(proc, args, {
        prog: 'server.py',
        server: 'SimpleHTTP/0.6 Python/3.11.2',
        protocol: 'HTTP/1.0',
      })
    await proc.promises.complain('python3: only -m http.server is here\n')
    return 2
  },
}
