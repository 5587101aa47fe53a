/**
 * `node bench/ports.ts [connections]`: nanoseconds to find a flow by five-tuple, to enter and take out one, and for a connection to
 * take and give back a port, with so many (a million unless given) in the table.
 */
import { type Flow, FlowTable, NO_SLOT, type PortHolder, PortSettings, PortTable } from '../src/ports/index.ts'
import { createRandom } from '../src/time/index.ts'
import { Address } from '../src/wire/address.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = 5
const random = createRandom(1, 'bench')

class Connection implements Flow, PortHolder {
  readonly localAddress: Address
  localPort = 0
  readonly remoteAddress: Address
  readonly remotePort: number
  readonly family = 4
  readonly v6only = false
  readonly reuseAddress = false
  readonly reusePort = false
  readonly uid = 0
  readonly deviceIndex = 0
  readonly isListening = false
  readonly isTimeWait = false
  portSlot = NO_SLOT

  constructor(local: Address, remote: Address, remotePort: number) {
    this.localAddress = local
    this.remoteAddress = remote
    this.remotePort = remotePort
  }
}

const local = Address.v4(0x0a000001)
const remotes = Array.from({ length: 1024 }, (_, i) => Address.v4(0x0b000000 + i))
const connection = (i: number): Connection => {
  const one = new Connection(local, remotes[i & 1023] as Address, 1024 + (i >> 10))
  one.localPort = 8080
  return one
}
const all = Array.from({ length: count }, (_, i) => connection(i))
const order = Array.from({ length: 1_000_000 }, () => random.below(count))

const report = (name: string, operations: number, run: () => void): void => {
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    run()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / operations)
  }
  console.log(`${name.padEnd(40)} ${best.toFixed(0).padStart(6)} ns`)
}

console.log(`${count} connections`)
const flows = new FlowTable<Connection>(random.int32())
for (const one of all) flows.insert(one)

let found = 0
report('lookup, random', order.length, () => {
  for (const i of order) {
    const f = all[i] as Connection
    if (flows.lookup(f.localAddress, f.localPort, f.remoteAddress, f.remotePort) === f) found++
  }
})
if (found !== ROUNDS * order.length) throw new Error('a flow was not found')

report('delete + insert, random', order.length, () => {
  for (const i of order) {
    const f = all[i] as Connection
    flows.delete(f)
    flows.insert(f)
  }
})

const ports = new PortTable('tcp', new PortSettings(), random)
for (const one of all) ports.inherit(one, 8080)
report('child: release + inherit, one port', order.length, () => {
  for (const i of order) {
    const one = all[i] as Connection
    ports.release(one)
    ports.inherit(one, 8080)
  }
})

const policy = { mayReplace: (): boolean => false, changes: 0 }
const client = new Connection(local, remotes[0] as Address, 80)
report('connect: choose + release a port', 100_000, () => {
  for (let i = 0; i < 100_000; i++) {
    client.localPort = ports.connect(client, local, client.remoteAddress, 80, flows, policy)
    ports.release(client)
  }
})
