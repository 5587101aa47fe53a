/** Reading and writing. */
import type { SocketAddress } from '../../../socket/index.ts'
import { refused } from '../../failure.ts'
import type { Expr } from '../../syntax/ast.ts'
import type { Arguments } from './arguments.ts'
import { sameAddress } from './connections.ts'
import { type Call, settled } from './outcome.ts'

const write: Call = async (world, args) => {
  args.count(3)
  return { result: await settled(world.process.promises.write(args.fd(0), args.buffer(1, args.int(2)))) }
}

const read: Call = async (world, args) => {
  args.count(3)
  const room = new Uint8Array(args.int(2))
  const result = await settled(world.process.promises.read(args.fd(0), room))
  return { result, verify: () => sameText(args, 1, room.subarray(0, Math.max(0, result))) }
}

const send: Call = async (world, args) => {
  args.count(4)
  return { result: await settled(world.process.promises.send(args.fd(0), args.buffer(1, args.int(2)), args.int(3))) }
}

const recv: Call = async (world, args) => {
  args.count(4)
  const room = new Uint8Array(args.int(2))
  const result = await settled(world.process.promises.recv(args.fd(0), room, args.int(3)))
  return { result, verify: () => sameText(args, 1, room.subarray(0, Math.max(0, result))) }
}

const sendto: Call = async (world, args) => {
  args.count(6)
  const { setup } = args
  const to = args.address(4, setup.remote.toString(), setup.connectPort)
  const data = args.buffer(1, args.int(2))
  return { result: await settled(world.process.promises.sendto(args.fd(0), data, args.int(3), to)) }
}

const recvfrom: Call = async (world, args) => {
  args.count(6)
  const room = new Uint8Array(args.int(2))
  let from: SocketAddress | null = null
  const result = await settled(
    world.process.promises.recvfrom(args.fd(0), room, args.int(3)).then(({ count, address }) => {
      from = address
      return count
    }),
  )
  return {
    result,
    verify: () => {
      sameText(args, 1, room.subarray(0, Math.max(0, result)))
      sameAddress(args, 4, from)
    },
  }
}

/** A string in place of `...` is what must have been read. Segments that a script injects carry zeros. */
const sameText = (args: Arguments, i: number, actual: Uint8Array): void => {
  const expr = args.expr(i)
  if (expr.kind !== 'string') return
  const text = new TextDecoder().decode(actual)
  if (text !== expr.value) throw args.unequal('what was read', JSON.stringify(expr.value), JSON.stringify(text))
}

/** One buffer for each of `[{..., 100}, {"text", 4}]`. */
const vectors = (args: Arguments, expr: Expr): Uint8Array[] => {
  const wrong = () => refused(args.line, `${args.name}: a vector is {..., length}`)
  if (expr.kind !== 'list') throw wrong()
  return expr.items.map((item) => {
    const [base, length, more] = args.fields(item, wrong).all
    if (base === undefined || length === undefined || more !== undefined) throw wrong()
    const bytes = new Uint8Array(args.number(length.value, wrong))
    if (base.value.kind === 'string') bytes.set(new TextEncoder().encode(base.value.value).subarray(0, bytes.length))
    else if (base.value.kind !== 'ellipsis') throw wrong()
    return bytes
  })
}

const writev: Call = async (world, args) => {
  args.count(3)
  return { result: await settled(world.process.promises.sendmsg(args.fd(0), { vectors: vectors(args, args.expr(1)) })) }
}

const readv: Call = async (world, args) => {
  args.count(3)
  const into = vectors(args, args.expr(1))
  return {
    result: await settled(world.process.promises.recvmsg(args.fd(0), { vectors: into }).then(({ count }) => count)),
  }
}

/** Control messages are refused: the fields that are known say so. */
const MESSAGE = ['msg_name', 'msg_iov', 'msg_flags'] as const

const sendmsg: Call = async (world, args) => {
  args.count(3)
  const message = args.struct(1).only(...MESSAGE)
  const name = message.has('msg_name') ? message.expr('msg_name') : null
  const to =
    name === null || name.kind === 'ellipsis'
      ? {}
      : { address: args.addressOf(name, () => refused(args.line, 'sendmsg: msg_name is a socket address')) }
  const sent = world.process.promises.sendmsg(args.fd(0), {
    vectors: vectors(args, message.expr('msg_iov')),
    flags: args.int(2),
    ...to,
  })
  return { result: await settled(sent) }
}

const recvmsg: Call = async (world, args) => {
  args.count(3)
  const message = args.struct(1).only(...MESSAGE)
  let flags = 0
  const received = world.process.promises.recvmsg(args.fd(0), {
    vectors: vectors(args, message.expr('msg_iov')),
    flags: args.int(2),
  })
  const result = await settled(
    received.then((got) => {
      flags = got.flags
      return got.count
    }),
  )
  return { result, verify: () => message.has('msg_flags') && args.same('msg_flags', message.expr('msg_flags'), flags) }
}

export const dataCalls: Readonly<Record<string, Call>> = {
  write,
  read,
  send,
  recv,
  sendto,
  recvfrom,
  writev,
  readv,
  sendmsg,
  recvmsg,
}
