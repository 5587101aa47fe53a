/** Making, naming, joining and closing sockets. */
import type { AddressOut, SocketAddress } from '../../../socket/index.ts'
import { IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM } from '../../../socket/index.ts'
import { refused } from '../../failure.ts'
import type { Arguments } from './arguments.ts'
import { type Call, settled } from './outcome.ts'

const socket: Call = (world, args) => {
  args.count(3)
  const family = args.isEllipsis(0) ? args.family : args.int(0)
  const type = args.int(1)
  const protocol = args.isEllipsis(2) ? ((type & 15) === SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP) : args.int(2)
  return { result: world.process.socket(family, type, protocol), isDescriptor: true }
}

const localAddress = (args: Arguments): SocketAddress =>
  args.address(1, args.setup.local.toString(), args.setup.bindPort)

const bind: Call = (world, args) => {
  args.count(3)
  return { result: world.process.bind(args.fd(0), localAddress(args)) }
}

const listen: Call = (world, args) => {
  args.count(2)
  return { result: world.process.listen(args.fd(0), args.int(1)) }
}

const connect: Call = async (world, args) => {
  args.count(3)
  const to = args.address(1, args.setup.remote.toString(), args.setup.connectPort)
  return { result: await settled(world.process.promises.connect(args.fd(0), to).then(() => 0)) }
}

const acceptWith = async (world: Parameters<Call>[0], args: Arguments, flags: number) => {
  const accepted = world.process.promises.accept(args.fd(0), flags)
  let peer: unknown = null
  const result = await settled(
    accepted.then(({ fd, address }) => {
      peer = address
      return fd
    }),
  )
  return { result, isDescriptor: true, verify: () => sameAddress(args, 1, peer as SocketAddress | null) }
}

const accept: Call = (world, args) => {
  args.count(3)
  return acceptWith(world, args, 0)
}

const accept4: Call = (world, args) => {
  args.count(4)
  return acceptWith(world, args, args.int(3))
}

/** The address that a call gave back, unless the script does not care. */
export const sameAddress = (args: Arguments, i: number, actual: SocketAddress | null): void => {
  const expr = args.expr(i)
  if (expr.kind === 'ellipsis') return
  const wanted = show(args.addressOf(expr, () => args.wrong(i, 'a socket address')))
  const found = actual === null ? 'none' : show(actual)
  if (wanted !== found) throw args.unequal('the address', wanted, found)
}

const show = (address: SocketAddress): string =>
  'address' in address ? `${address.address} port ${address.port}` : 'no Internet address'

const nameOf =
  (which: 'getsockname' | 'getpeername'): Call =>
  (world, args) => {
    args.count(3)
    const out: AddressOut = { length: 0, address: null }
    return {
      result: world.process[which](args.fd(0), out),
      verify: () => sameAddress(args, 1, out.address as SocketAddress | null),
    }
  }

const shutdown: Call = (world, args) => {
  args.count(2)
  return { result: world.process.shutdown(args.fd(0), args.int(1)) }
}

const close: Call = async (world, args) => {
  args.count(1)
  const fd = args.fd(0)
  const result = await settled(world.process.promises.close(fd).then(() => 0))
  if (result === 0) args.descriptors.delete(args.int(0))
  return { result }
}

const dup: Call = (world, args) => {
  args.count(1)
  return { result: world.process.dup(args.fd(0)), isDescriptor: true }
}

const fcntl: Call = (world, args) => {
  args.count(2, 3)
  return { result: world.process.fcntl(args.fd(0), args.int(1), args.length > 2 ? args.int(2) : 0) }
}

/** The value is given back by reference: `ioctl(4, SIOCINQ, [1000]) = 0`. */
const ioctl: Call = (world, args) => {
  args.count(3)
  const expr = args.expr(2)
  const given = expr.kind === 'list' ? expr.items[0] : expr
  if (given === undefined) throw refused(args.line, 'ioctl lacks a value')
  const request = args.int(1)
  const argument = given.kind === 'ellipsis' ? 0 : args.number(given, () => args.wrong(2, 'a number'))
  const value = world.process.ioctl(args.fd(0), request, argument)
  if (value < 0) return { result: value }
  return { result: 0, verify: () => SETS.has(request) || args.same('the value', given, value) }
}

/** FIONBIO is told its value. */
const SETS: ReadonlySet<number> = new Set([0x5421])

export const connectionCalls: Readonly<Record<string, Call>> = {
  socket,
  bind,
  listen,
  connect,
  accept,
  accept4,
  getsockname: nameOf('getsockname'),
  getpeername: nameOf('getpeername'),
  shutdown,
  close,
  dup,
  fcntl,
  ioctl,
}
