/** Packets that a script injects. */
import { put16, put32 } from '../../wire/bytes.ts'
import { Form, type Packet, Protocol, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { MAX_OPTIONS, OptionKind } from '../../wire/tcp-options.ts'
import { refused } from '../failure.ts'
import type { IpSpec, TcpOptionSpec, TcpSpec, UdpSpec } from '../syntax/ast.ts'
import type { Flow } from './flow.ts'
import type { World } from './world.ts'

const TTL = 64
const LARGEST = 65_475
/** Payload is zeros: scripts count octets, they do not read them. */
const zeros = new Uint8Array(LARGEST)

const ECN = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 } as const

const tosOf = ({ tos, ecn }: IpSpec): number =>
  ((tos ?? 0) & (ecn === null ? 0xff : 0xfc)) | (ecn === null ? 0 : ECN[ecn])

/** From the remote end to the host. */
const between = (world: World, protocol: number, ip: IpSpec, length: number, line: number): Packet => {
  if (length > LARGEST) throw refused(line, `a packet carries at most ${LARGEST} octets`)
  const packet = world.packet()
  packet.form = Form.FULL
  packet.src = world.setup.remote
  packet.dst = world.setup.local
  packet.protocol = protocol
  packet.ttl = ip.ttl ?? TTL
  packet.tos = tosOf(ip)
  packet.setBytes(zeros, 0, length)
  return packet
}

export const buildUdp = (world: World, flow: Flow, ip: IpSpec, spec: UdpSpec, line: number): Packet => {
  const packet = between(world, Protocol.UDP, ip, spec.length, line)
  packet.srcPort = flow.remotePort
  packet.dstPort = flow.localPort
  return packet
}

/** A window that nobody minds, for lines that name none. */
const WINDOW = 65_535

export const buildTcp = (world: World, flow: Flow, ip: IpSpec, spec: TcpSpec, line: number): Packet => {
  const packet = between(world, Protocol.TCP, ip, spec.sequence.length, line)
  packet.srcPort = flow.remotePort
  packet.dstPort = flow.localPort
  packet.seq = spec.sequence.start | 0
  packet.flags = spec.flags
  packet.ack = (spec.flags & TcpFlag.ACK) === 0 ? (spec.ack ?? 0) | 0 : flow.toLive(spec.ack ?? 0) | 0
  packet.window = window(spec, line)
  packet.urgent = spec.urgent ?? 0
  if (spec.options === null)
    throw refused(line, 'an injected segment has the options that are written: <...> is for expected ones')
  // A segment without ACK echoes nothing that was sent: its value is as written.
  const echoes = (spec.flags & TcpFlag.ACK) !== 0
  const options = encode(flow, spec.options, echoes, line)
  if (options.length > 0) {
    packet.optionBits = TcpOption.OTHER
    packet.otherOptions = options
  }
  return packet
}

const window = (spec: TcpSpec, line: number): number => {
  const value = spec.window ?? WINDOW
  if (value > WINDOW) throw refused(line, 'a window is what the 16 bits of the header hold: scale it down')
  return value
}

const encode = (flow: Flow, options: readonly TcpOptionSpec[], echoes: boolean, line: number): Uint8Array => {
  const bytes = options.flatMap((option) => [...octets(flow, option, echoes, line)])
  if (bytes.length % 4 !== 0)
    throw refused(line, `these TCP options take ${bytes.length} octets: fill them up to words with nop or eol`)
  if (bytes.length > MAX_OPTIONS)
    throw refused(line, `TCP options take ${MAX_OPTIONS} octets at most, these ${bytes.length}`)
  return Uint8Array.from(bytes)
}

const octets = (flow: Flow, option: TcpOptionSpec, echoes: boolean, line: number): Uint8Array => {
  switch (option.kind) {
    case 'eol':
      return Uint8Array.of(OptionKind.EOL)
    case 'nop':
      return Uint8Array.of(OptionKind.NOP)
    case 'sackOK':
      return Uint8Array.of(OptionKind.SACK_PERMITTED, 2)
    case 'wscale':
      return Uint8Array.of(OptionKind.WSCALE, 3, option.value)
    case 'mss': {
      const b = Uint8Array.of(OptionKind.MSS, 4, 0, 0)
      put16(b, 2, option.value)
      return b
    }
    case 'TS': {
      const b = new Uint8Array(10)
      b[0] = OptionKind.TIMESTAMPS
      b[1] = 10
      put32(b, 2, option.value)
      put32(b, 6, echoes ? flow.echo(option.echo, line) : option.echo)
      return b
    }
    case 'sack': {
      const b = new Uint8Array(2 + 8 * option.blocks.length)
      b[0] = OptionKind.SACK
      b[1] = b.length
      for (const [i, [left, right]] of option.blocks.entries()) {
        put32(b, 2 + 8 * i, flow.toLive(left))
        put32(b, 6 + 8 * i, flow.toLive(right))
      }
      return b
    }
    case 'raw':
      return Uint8Array.of(option.number, 2 + option.bytes.length, ...option.bytes)
  }
}
