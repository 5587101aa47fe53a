/**
 * `node bench/wire.ts`: nanoseconds to turn a TCP segment into a frame (`toFrame`) and back (`decodeFrame`, all checks), and of the
 * sums alone. Packets come from a pool and 64 of them are alive at a time, as in a busy network.
 */
import { Address, MacAddress } from '../src/wire/address.ts'
import { sum, sumWords } from '../src/wire/checksum.ts'
import { decodeFrame, encodeFrame, toFrame } from '../src/wire/ethernet.ts'
import { Memory } from '../src/wire/memory.ts'
import { EtherType, type Packet, Protocol, TcpFlag, TcpOption } from '../src/wire/packet.ts'

const LIVE = 64
const memory = new Memory()
const source = memory.chunk(65_536)
source.bytes.forEach((_, i, bytes) => {
  bytes[i] = i * 7
})
const src = Address.v4(0x0a000001)
const dst = Address.v4(0x0a000002)
const macA = new MacAddress(0x0200, 1)
const macB = new MacAddress(0x0200, 2)

const segment = (length: number, offset: number): Packet => {
  const p = memory.packet()
  p.etherType = EtherType.IPV4
  p.srcMac = macA
  p.dstMac = macB
  p.src = src
  p.dst = dst
  p.protocol = Protocol.TCP
  p.ttl = 64
  p.srcPort = 40_000
  p.dstPort = 8080
  p.flags = TcpFlag.ACK
  p.window = 500
  p.optionBits = TcpOption.TIMESTAMPS
  p.tsVal = 1
  p.tsEcr = 2
  p.setPayload(source, offset, offset + length)
  return p
}

/** Nanoseconds per call, the best of nine rounds: other work on the machine only adds. */
const time = (turns: number, run: () => void): number => {
  const rounds: number[] = []
  for (let round = -2; round < 9; round++) {
    const start = performance.now()
    for (let i = 0; i < turns; i++) run()
    if (round >= 0) rounds.push(((performance.now() - start) * 1e6) / turns)
  }
  return Math.min(...rounds)
}

const live: Packet[] = []
const out = new Uint8Array(65_600)
let sink = 0

for (const length of [0, 64, 1460, 60_000]) {
  const turns = Math.max(20, Math.ceil(2_000_000 / (length + 500)))
  for (const offset of [0, 3]) {
    const make = (step: (p: Packet) => void) => () => {
      for (let i = 0; i < LIVE; i++) live.push(segment(length, offset))
      for (const p of live) step(p)
      for (const p of live) p.free()
      live.length = 0
    }
    const bare =
      time(
        turns,
        make(() => undefined),
      ) / LIVE
    const record = (name: string, ns: number): void =>
      console.log(`${name.padEnd(28)} ${String(length).padStart(6)} B at ${offset}: ${ns.toFixed(0).padStart(7)} ns`)
    record('packet made and freed', bare)
    const encode = time(turns, make(toFrame)) / LIVE - bare
    record('toFrame', encode)
    const both = make((p) => {
      toFrame(p)
      if (decodeFrame(p) >= 0) throw new Error('refused')
    })
    record('decodeFrame', time(turns, both) / LIVE - bare - encode)
    const copy = make((p) => {
      encodeFrame(p, out, 0)
    })
    record('encodeFrame', time(turns, copy) / LIVE - bare)
  }
  const sums = time(turns * LIVE, () => {
    sink += sum(source.bytes, 2, 2 + length)
  })
  const words = time(turns * LIVE, () => {
    sink += sumWords(source.asWords(), source.bytes, 2, 2 + length, 0)
  })
  console.log(
    `sum by bytes, by words       ${String(length).padStart(6)} B     : ${sums.toFixed(0)} ns, ${words.toFixed(0)} ns`,
  )
}
if (sink < 0) throw new Error('unreachable')
