/**
 * nc(1) as netcat-openbsd 1.219 has it: connect to or listen on TCP, UDP and Unix sockets, look for open ports.
 *
 * `options.ts` reads the command line, `transfer.ts` carries the bytes. Left out, and refused as unknown: proxies, TOS and
 * TTL settings, descriptor passing, Telnet answers, intervals, DCCP.
 */

import { parseServices } from '../../host/etc/services.ts'
import { type Process, type Program, ResolverError, serviceNameOf } from '../../host/index.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../socket/constants.ts'
import { Msg } from '../../wire/call.ts'
import { EINPROGRESS, strerror } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import { complainText } from '../output.ts'
import { type NcOptions, portsOf, readOptions } from './options.ts'
import { transfer } from './transfer.ts'

/** What ends the program: text for standard error, and exit code 1. */
class Fatal extends Error {}

export const program: Program = {
  name: 'nc',
  aliases: ['netcat'],
  async main(proc) {
    const options = readOptions(proc.argv.slice(1))
    if (typeof options === 'string') {
      await complainText(proc, options)
      return 1
    }
    try {
      if (options.unix) return options.listen ? await serveUnix(proc, options) : await dialUnix(proc, options)
      return options.listen ? await serve(proc, options) : await dial(proc, options)
    } catch (error) {
      if (!(error instanceof Fatal)) throw error
      await complainText(proc, `nc: ${error.message}\n`)
      return 1
    }
  },
}

const must = (result: number, what = ''): number => {
  if (result < 0) throw new Fatal(`${what}${strerror(result)}`)
  return result
}

const say = async (proc: Process, options: NcOptions, text: string): Promise<void> => {
  if (options.verbose) await complainText(proc, `${text}\n`)
}

const portList = (proc: Process, options: NcOptions): readonly number[] => {
  const services = parseServices(proc.host.names.file('/etc/services') ?? '')
  const ports = portsOf(options.port ?? '', (name) =>
    /^[0-9]/.test(name) ? null : (services.byName(name, options.udp ? 'udp' : 'tcp')?.port ?? null),
  )
  if (typeof ports === 'string') throw new Fatal(ports.replace(/^nc: |\n$/g, ''))
  return ports
}

const resolve = async (proc: Process, options: NcOptions, host: string, port: number) => {
  const isNumeric = parseAddress(host) !== null
  const family = options.six ? AF_INET6 : options.four ? AF_INET : 0
  const socktype = options.udp ? SOCK_DGRAM : SOCK_STREAM
  try {
    if (options.numeric && !isNumeric) throw new ResolverError('NONAME', host)
    return await proc.promises.getaddrinfo(host, port, { family, socktype })
  } catch (error) {
    if (!(error instanceof ResolverError)) throw error
    throw new Fatal(`getaddrinfo for host "${host}" port ${port}: ${error.message}`)
  }
}

// Connecting

const dial = async (proc: Process, options: NcOptions): Promise<number> => {
  const { host } = options
  let code = 1
  for (const port of portList(proc, options)) {
    const fd = await connect(proc, options, host as string, port)
    if (fd < 0) continue
    if (!options.udp || !(options.verbose || options.scan) || (await probe(proc, fd))) {
      code = 0
      const service = options.numeric ? null : serviceNameOf(proc.host.names, port, options.udp ? 'udp' : 'tcp')
      const kind = `${options.udp ? 'udp' : 'tcp'}/${service ?? '*'}`
      await say(proc, options, `Connection to ${host} ${port} port [${kind}] succeeded!`)
      if (!options.scan) await transfer(proc, fd, options)
    } else code = 1
    proc.close(fd)
  }
  return code
}

/** The first address that answers; -1 when none does. */
const connect = async (proc: Process, options: NcOptions, host: string, port: number): Promise<number> => {
  for (const { family, address } of await resolve(proc, options, host, port)) {
    const fd = must(proc.socket(family, options.udp ? SOCK_DGRAM : SOCK_STREAM))
    bindSource(proc, options, fd, family)
    if (options.timeout !== null && options.timeout > 0)
      proc.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, { seconds: options.timeout, fraction: 0 })
    const result = await proc.promises.connectResult(fd, { address, port })
    if (result === 0) return fd
    proc.close(fd)
    const reason = result === -EINPROGRESS ? 'timed out: Operation now in progress' : `failed: ${strerror(result)}`
    const named = address === host || options.numeric ? host : `${host} (${address})`
    await say(proc, options, `nc: connect to ${named} port ${port} (${options.udp ? 'udp' : 'tcp'}) ${reason}`)
  }
  return -1
}

const bindSource = (proc: Process, options: NcOptions, fd: number, family: number): void => {
  if (options.source === null && options.sourcePort === null) return
  proc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  const address = options.source ?? (family === AF_INET6 ? '::' : '0.0.0.0')
  const port = options.sourcePort === null ? 0 : Number(options.sourcePort)
  must(proc.bind(fd, { address, port }), 'bind failed: ')
}

/** udptest(): a few bytes, a second apart; a refusal comes back as an error of the next write. */
const probe = async (proc: Process, fd: number): Promise<boolean> => {
  for (let i = 0; i <= 3; i++) {
    if (proc.send(fd, Uint8Array.of(88), 0, 1, Msg.NOSIGNAL) !== 1) return false
    if (i > 0) await proc.promises.sleep(1000)
  }
  return true
}

const dialUnix = async (proc: Process, options: NcOptions): Promise<number> => {
  const path = options.host as string
  const fd = must(proc.socket(AF_UNIX, options.udp ? SOCK_DGRAM : SOCK_STREAM))
  const result = await proc.promises.connectResult(fd, { path })
  if (result < 0) {
    await say(proc, options, `nc: ${path}: ${strerror(result)}`)
    return 1
  }
  if (!options.scan) await transfer(proc, fd, options)
  return 0
}

// Listening

const serve = async (proc: Process, options: NcOptions): Promise<number> => {
  const [port = 0] = portList(proc, options)
  const any = options.six ? '::' : '0.0.0.0'
  const [found] = await resolve(proc, options, options.host ?? any, port)
  if (found === undefined) return 1
  const fd = must(proc.socket(found.family, options.udp ? SOCK_DGRAM : SOCK_STREAM))
  proc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  proc.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1)
  must(proc.bind(fd, { address: found.address, port }))
  if (!options.udp) must(proc.listen(fd, 1))
  const bound = await nameOf(proc, options, found.address, port)
  await say(proc, options, `${options.udp ? 'Bound' : 'Listening'} on ${bound.host} ${port}`)
  do {
    if (options.udp) await oneSender(proc, options, fd)
    else {
      const { fd: connection, address } = await proc.promises.accept(fd)
      if (!options.keepOpen) proc.close(fd)
      if (address !== null && 'port' in address) await greet(proc, options, address.address, address.port)
      await transfer(proc, connection, options)
      proc.close(connection)
    }
  } while (options.keepOpen)
  return 0
}

/** The first datagram says who it is: the socket is then connected to them. */
const oneSender = async (proc: Process, options: NcOptions, fd: number): Promise<void> => {
  const { address } = await proc.promises.recvfrom(fd, new Uint8Array(1), Msg.PEEK)
  if (address === null || !('port' in address)) return
  must(await proc.promises.connectResult(fd, address), 'connect: ')
  await greet(proc, options, address.address, address.port)
  await transfer(proc, fd, options)
  if (options.keepOpen) proc.connect(fd, { family: 0 })
}

const nameOf = async (proc: Process, options: NcOptions, text: string, port: number) => {
  const address = parseAddress(text)
  if (address === null || options.numeric || text === '0.0.0.0' || text === '::') return { host: text }
  return await proc.promises.getnameinfo(address, port)
}

const greet = async (proc: Process, options: NcOptions, address: string, port: number): Promise<void> => {
  if (!options.verbose) return
  const { host } = await nameOf(proc, options, address, port)
  await say(proc, options, `Connection received on ${host} ${port}`)
}

const serveUnix = async (proc: Process, options: NcOptions): Promise<number> => {
  const path = options.host as string
  const fd = must(proc.socket(AF_UNIX, options.udp ? SOCK_DGRAM : SOCK_STREAM))
  must(proc.bind(fd, { path }))
  await say(proc, options, `Bound on ${path}`)
  if (options.udp) {
    await transfer(proc, fd, options)
    return 0
  }
  must(proc.listen(fd, 5))
  await say(proc, options, `Listening on ${path}`)
  do {
    const { fd: connection } = await proc.promises.accept(fd)
    await say(proc, options, `Connection received on ${path}`)
    await transfer(proc, connection, options)
    proc.close(connection)
  } while (options.keepOpen)
  return 0
}
