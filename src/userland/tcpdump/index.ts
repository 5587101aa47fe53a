/**
 * tcpdump(8) 4.99: what passes an interface, through an AF_PACKET socket.
 *
 * `options` reads the command line, `filter`, `arithmetic` and `words` the expression, `file` reads and writes captures, `print` makes lines with
 * the dissector of `wire/describe`. Frames are seen before the host judges them, so watching needs no promiscuous mode, and output is never
 * held back: `-l -p -U` change nothing, as on a host where that is so already.
 */
import { parseHosts, parseProtocols, parseServices } from '../../host/etc/index.ts'
import { hostNameOf, type Process, type Program, Signal, serviceNameOf } from '../../host/index.ts'
import { AF_PACKET, SOCK_RAW } from '../../socket/constants.ts'
import { O_CREAT, O_TRUNC, O_WRONLY } from '../../socket/file.ts'
import { ETH_P_ALL, PacketSocket } from '../../socket/packet.ts'
import type { Address } from '../../wire/address.ts'
import { Poll } from '../../wire/call.ts'
import { type DescribeOptions, Sequences } from '../../wire/describe/index.ts'
import { strerror } from '../../wire/errno.ts'
import { LinkCast } from '../../wire/packet.ts'
import { parseAddress } from '../../wire/parse.ts'
import { writeTo } from '../core/output.ts'
import { complainText, writeOut } from '../output.ts'
import { fileHeader, fileRecord, LINKTYPE_ETHERNET, LINKTYPE_SLL2, readSavefile } from './file.ts'
import { type Filter, FilterError, type FilterNames, parseFilter } from './filter.ts'
import { type Captured, FrameView } from './frame.ts'
import { parseOptions, type TcpdumpOptions } from './options.ts'
import { Printer } from './print.ts'

/** What ends it early, without the program's name. */
class Failure extends Error {}

export const program: Program = {
  name: 'tcpdump',
  async main(proc) {
    const options = parseOptions(proc.argv.slice(1))
    if ('code' in options) {
      await complainText(proc, options.stderr)
      return options.code
    }
    try {
      if (options.list) return (await writeOut(proc, interfaceList(proc))) ? 0 : 1
      return options.read === null ? await capture(proc, options) : await readBack(proc, options, options.read)
    } catch (error) {
      if (!(error instanceof Failure) && !(error instanceof FilterError)) throw error
      await complainText(proc, `tcpdump: ${error.message}\n`)
      return 1
    }
  },
}

const namesOf = (proc: Process): FilterNames => {
  const { names } = proc.host
  return {
    addresses: (name) =>
      parseHosts(names.file('/etc/hosts') ?? '')
        .lookup(name)
        .map(parseAddress)
        .filter((address): address is Address => address !== null),
    port: (name, protocol) => parseServices(names.file('/etc/services') ?? '').byName(name, protocol)?.port ?? null,
    protocol: (name) => parseProtocols(names.file('/etc/protocols') ?? '').byName(name) ?? null,
  }
}

const printerOf = (proc: Process, o: TcpdumpOptions): Printer => {
  const { names } = proc.host
  const named: DescribeOptions = o.numeric
    ? { numericLink: true }
    : {
        hostName: (address) => hostNameOf(names, address),
        portName: (port, protocol) => serviceNameOf(names, port, protocol),
      }
  const verbose = o.verbose > 0 ? { verbose: o.verbose } : {}
  const link = o.link ? { link: true } : {}
  return new Printer(o, { ...named, ...verbose, ...link, ...(o.absolute ? {} : { sequences: new Sequences() }) })
}

/** Where frames that pass the filter go. */
class Sink {
  count = 0
  readonly #proc: Process
  readonly #o: TcpdumpOptions
  readonly #filter: Filter | null
  readonly #printer: Printer
  readonly #linkType: number
  readonly #fd: number | null

  constructor(proc: Process, o: TcpdumpOptions, filter: Filter | null, linkType: number, fd: number | null) {
    this.#proc = proc
    this.#o = o
    this.#filter = filter
    this.#printer = printerOf(proc, o)
    this.#linkType = linkType
    this.#fd = fd
  }

  get isFull(): boolean {
    return this.#o.count > 0 && this.count >= this.#o.count
  }

  /** False when nobody reads any more. */
  async take(frame: Captured): Promise<boolean> {
    if (this.#filter !== null && !this.#filter(new FrameView(frame))) return true
    this.count++
    if (this.#fd !== null) {
      const record = fileRecord(frame, this.#linkType, this.#o.snapLength)
      if ((await writeTo(this.#proc, this.#fd, record)) < 0) return false
      if (!this.#o.print) return true
    }
    return await writeOut(this.#proc, this.#printer.line(frame))
  }
}

/** Open the file of -w and write its header; null without -w. */
const openOutput = async (proc: Process, o: TcpdumpOptions, linkType: number): Promise<number | null> => {
  if (o.write === null) return null
  const fd = o.write === '-' ? 1 : proc.open(o.write, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  if (fd < 0) throw new Failure(`${o.write}: ${strerror(fd)}`)
  await writeTo(proc, fd, fileHeader(linkType, o.snapLength))
  return fd
}

const LINK_NAMES: Readonly<Record<number, string>> = {
  [LINKTYPE_ETHERNET]: 'EN10MB (Ethernet)',
  [LINKTYPE_SLL2]: 'LINUX_SLL2 (Linux cooked v2)',
}

const capture = async (proc: Process, o: TcpdumpOptions): Promise<number> => {
  const { fd, socket, name, linkType } = openCapture(proc, o)
  const filter = parseFilter(o.filter, namesOf(proc))
  const output = await openOutput(proc, o, linkType)
  const sink = new Sink(proc, o, filter, linkType, output)
  let interrupted = false
  const stop = (): void => {
    interrupted = true
  }
  for (const signal of [Signal.SIGINT, Signal.SIGTERM]) proc.onSignal(signal, stop, false)
  await complainText(proc, banner(o, name, linkType))
  const { epoch } = proc.host.ctx
  let readable = true
  while (!interrupted && !sink.isFull && readable) {
    const seen = socket.take()
    if (seen === null) {
      await proc.promises.pollResult([{ fd, events: Poll.IN }], -1)
      continue
    }
    const isOut = seen.cast === LinkCast.OUTGOING
    if ((o.direction === 'in' && isOut) || (o.direction === 'out' && !isOut)) continue
    readable = await sink.take({
      bytes: seen.bytes.subarray(0, o.snapLength),
      originalLength: seen.bytes.length,
      time: BigInt(epoch) * 1_000_000n + BigInt(Math.floor(seen.time)),
      via: linkType === LINKTYPE_SLL2 ? { name: seen.iface.name, index: seen.iface.index } : null,
      cast: seen.cast,
    })
  }
  // An interrupt may come in the middle of a line.
  if (interrupted && output === null) await writeOut(proc, '\n')
  const drops = dropsOf(proc, fd)
  await complainText(
    proc,
    `${packets(sink.count)} captured\n${packets(sink.count + drops)} received by filter\n${packets(drops)} dropped by kernel\n`,
  )
  return 0
}

const packets = (n: number): string => `${n} packet${n === 1 ? '' : 's'}`

const SOL_PACKET = 263
const PACKET_STATISTICS = 6

const dropsOf = (proc: Process, fd: number): number => {
  const statistics = proc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS)
  return typeof statistics === 'object' && 'drops' in statistics && typeof statistics.drops === 'number'
    ? statistics.drops
    : 0
}

const banner = (o: TcpdumpOptions, name: string, linkType: number): string => {
  const cooked = linkType === LINKTYPE_SLL2 ? 'tcpdump: data link type LINUX_SLL2\n' : ''
  const listening = `listening on ${name}, link-type ${LINK_NAMES[linkType]}, snapshot length ${o.snapLength} bytes\n`
  return o.verbose > 0 || o.write !== null
    ? `${cooked}tcpdump: ${listening}`
    : `${cooked}tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n${listening}`
}

interface OpenCapture {
  readonly fd: number
  readonly socket: PacketSocket
  readonly name: string
  readonly linkType: number
}

const openCapture = (proc: Process, o: TcpdumpOptions): OpenCapture => {
  const { interfaces } = proc.host.stack.ip
  const usual = interfaces.find((one) => one.up && one.kind !== 'loopback') ?? interfaces.find((one) => one.up)
  const name = o.interface ?? usual?.name
  if (name === undefined) throw new Failure('no suitable device found')
  const iface = interfaces.find((one) => one.name === name || String(one.index) === name)
  if (iface === undefined && name !== 'any')
    throw new Failure(`${name}: No such device exists\n(No such device exists)`)
  if (iface?.up === false) throw new Failure(`${name}: That device is not up`)
  const fd = proc.socket(AF_PACKET, SOCK_RAW, iface === undefined ? ETH_P_ALL : 0)
  if (fd < 0)
    throw new Failure(
      `${name}: You don't have permission to perform this capture on that device\n(socket: ${strerror(fd)})`,
    )
  if (iface !== undefined) {
    const result = proc.bind(fd, { family: AF_PACKET, ifindex: iface.index, etherType: ETH_P_ALL })
    if (result < 0) throw new Failure(`${name}: ${strerror(result)}`)
  }
  const socket = proc.descriptors.get(fd)
  if (!(socket instanceof PacketSocket)) throw new Error('invariant: AF_PACKET gives a PacketSocket')
  return { fd, socket, name: iface?.name ?? name, linkType: iface === undefined ? LINKTYPE_SLL2 : LINKTYPE_ETHERNET }
}

const readBack = async (proc: Process, o: TcpdumpOptions, path: string): Promise<number> => {
  const bytes = path === '-' ? await proc.promises.readAll(0) : proc.readFile(path)
  if (typeof bytes === 'number') throw new Failure(`${path}: ${strerror(bytes)}`)
  const { interfaces } = proc.host.stack.ip
  const file = readSavefile(bytes, (index) => interfaces.find((one) => one.index === index)?.name ?? null)
  if (typeof file === 'string') throw new Failure(file)
  const type = LINK_NAMES[file.linkType]
  await complainText(proc, `reading from file ${path}, link-type ${type}, snapshot length ${file.snapLength}\n`)
  if (file.linkType === LINKTYPE_SLL2) await complainText(proc, 'Warning: interface names might be incorrect\n')
  const filter = parseFilter(o.filter, namesOf(proc))
  const sink = new Sink(proc, o, filter, file.linkType, await openOutput(proc, o, file.linkType))
  for (const frame of file.frames) {
    if (sink.isFull) break
    if (!(await sink.take(frame))) return 1
  }
  if (file.broken !== null) throw new Failure(`pcap_loop: ${file.broken}`)
  return 0
}

/** -D. */
const interfaceList = (proc: Process): string => {
  const { interfaces } = proc.host.stack.ip
  const ranked = [...interfaces].sort((a, b) => Number(a.kind === 'loopback') - Number(b.kind === 'loopback'))
  const lines = ranked.map((one) => {
    const state = [one.up ? 'Up' : null, one.running ? 'Running' : null].filter((word) => word !== null)
    const link = one.kind === 'loopback' ? 'Loopback' : one.running ? 'Connected' : 'Disconnected'
    return `${one.name} [${[...state, link].join(', ')}]`
  })
  const at = lines.length - ranked.filter((one) => one.kind === 'loopback').length
  lines.splice(at, 0, 'any (Pseudo-device that captures on all interfaces) [Up, Running]')
  return lines.map((line, i) => `${i + 1}.${line}\n`).join('')
}
