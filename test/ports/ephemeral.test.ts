/** Which port is chosen (RFC 6056, Linux's parities), and what happens when none is left. */
import { describe, expect, test } from 'vitest'
import { type Flow, FlowTable, NO_SLOT, type PortHolder, PortSettings, PortTable } from '../../src/ports/index.ts'
import { createRandom } from '../../src/time/index.ts'
import { Address } from '../../src/wire/address.ts'
import { EADDRINUSE, EADDRNOTAVAIL } from '../../src/wire/errno.ts'

type Holder = { -readonly [K in keyof PortHolder]: PortHolder[K] }

const A = Address.v4(0x0a000001)
const B = Address.v4(0x0a000002)
const C = Address.v4(0x0a000003)

const holder = (fields: Partial<Holder> = {}): Holder => ({
  localAddress: null,
  localPort: 0,
  family: 4,
  v6only: false,
  reuseAddress: false,
  reusePort: false,
  uid: 0,
  deviceIndex: 0,
  isListening: false,
  isTimeWait: false,
  portSlot: NO_SLOT,
  ...fields,
})

const never = { mayReplace: (): boolean => false, changes: 0 }

class World {
  readonly settings = new PortSettings()
  readonly ports: PortTable
  readonly flows = new FlowTable<Flow>(7)
  readonly #all: Flow[] = []

  constructor(range = '32768 60999', protocol: 'tcp' | 'udp' = 'tcp', seed = 1) {
    expect(this.sysctl('ip_local_port_range').set(range)).toBe(0)
    this.ports = new PortTable(protocol, this.settings, createRandom(seed, 'test'))
  }

  sysctl(name: string): PortSettings['sysctls'][number] {
    return this.settings.sysctls.find((one) => one.name === `net.ipv4.${name}`) as PortSettings['sysctls'][number]
  }

  connect(remote: Address, remotePort: number, policy = never): number {
    const port = this.ports.connect(holder({ localAddress: A }), A, remote, remotePort, this.flows, policy)
    if (port > 0) this.#insert({ localAddress: A, localPort: port, remoteAddress: remote, remotePort })
    return port
  }

  #insert(flow: Flow): void {
    this.flows.insert(flow)
    this.#all.push(flow)
  }

  list(remote: Address, remotePort: number): Flow[] {
    return this.#all.filter((flow) => flow.remoteAddress === remote && flow.remotePort === remotePort)
  }

  bind(fields: Partial<Holder> = {}): number {
    return this.ports.bind(holder(fields), 0)
  }
}

describe('the choice', () => {
  test('[sock-port-1, sock-port-2] within the range, even for connect and odd for bind', () => {
    const w = new World()
    for (let i = 0; i < 500; i++) {
      const c = w.connect(B, 1000 + i)
      const b = w.bind()
      expect([c & 1, b & 1]).toEqual([0, 1])
      for (const port of [c, b]) expect(port >= 32_768 && port <= 60_999).toBe(true)
    }
  })

  test('[sock-port-1] both ends of the range are used', () => {
    const w = new World('40000 40003')
    expect([1, 2, 3, 4].map(() => w.bind()).sort()).toEqual([40_000, 40_001, 40_002, 40_003])
    const v = new World('40000 40003')
    expect([1, 2, 3, 4].map(() => v.connect(B, 80)).sort()).toEqual([40_000, 40_001, 40_002, 40_003])
  })

  test('[sock-port-6] unpredictable: no two secrets, seeds or destinations choose alike', () => {
    const first = (seed: number, port: number): number => new World(undefined, 'tcp', seed).connect(B, port)
    const bySeed = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => first(seed, 80)))
    const byPort = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((port) => first(1, port)))
    expect(bySeed.size).toBeGreaterThan(6)
    expect(byPort.size).toBeGreaterThan(6)
    const binds = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => new World(undefined, 'tcp', seed).bind()))
    expect(binds.size).toBeGreaterThan(6)
    // To one destination the port goes on by small steps (RFC 6056 3.3.5), so that none comes back soon.
    const w = new World()
    const run = Array.from({ length: 50 }, () => w.connect(B, 80))
    for (let i = 1; i < run.length; i++) {
      const step = ((run[i] as number) - (run[i - 1] as number) + 28_232) % 28_232
      expect(step > 0 && step <= 16).toBe(true)
    }
  })

  test('the same seed chooses the same', () => {
    const run = (): number[] => {
      const w = new World()
      return Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? w.connect(B, i) : w.bind()))
    }
    expect(run()).toEqual(run())
  })

  test('[sock-port-3] reserved ports are skipped, but may be asked for', () => {
    const w = new World('40000 40005')
    expect(w.sysctl('ip_local_reserved_ports').set('40000-40003,40005')).toBe(0)
    expect(w.sysctl('ip_local_reserved_ports').get()).toBe('40000-40003,40005')
    expect(w.bind()).toBe(40_004)
    expect(w.bind()).toBe(-EADDRINUSE)
    expect(w.ports.bind(holder(), 40_001)).toBe(40_001)
    const v = new World('40000 40005')
    v.sysctl('ip_local_reserved_ports').set('40000-40003,40005')
    expect([v.connect(B, 80), v.connect(B, 80)]).toEqual([40_004, -EADDRNOTAVAIL])
    v.sysctl('ip_local_reserved_ports').set('')
    expect(v.connect(B, 80)).toBeGreaterThan(0)
  })
})

describe('exhaustion', () => {
  test('[sock-port-4, sock-connect-11, sock-reuse-13] connect shares a port towards other destinations, never with a bound one', () => {
    const w = new World('40000 40003')
    for (let i = 0; i < 4; i++) expect(w.connect(B, 80)).toBeGreaterThan(0)
    expect(w.connect(B, 80)).toBe(-EADDRNOTAVAIL)
    for (let i = 0; i < 4; i++) expect(w.connect(C, 80)).toBeGreaterThan(0)
    for (let i = 0; i < 4; i++) expect(w.connect(B, 81)).toBeGreaterThan(0)
    expect(w.bind()).toBe(-EADDRINUSE)
    const v = new World('40000 40003')
    for (let i = 0; i < 4; i++) expect(v.bind({ localAddress: C })).toBeGreaterThan(0)
    expect(v.connect(B, 80)).toBe(-EADDRNOTAVAIL)
  })

  test('what the policy gives up is taken over', () => {
    const w = new World('40000 40001')
    for (let i = 0; i < 2; i++) w.connect(B, 80)
    expect(w.connect(B, 80)).toBe(-EADDRNOTAVAIL)
    const asked: Flow[] = []
    const port = w.ports.connect(holder(), A, B, 80, w.flows, {
      mayReplace: (flow) => asked.push(flow) > 0,
      changes: 0,
    })
    expect(port).toBe(asked[0]?.localPort)
  })

  test('ports that could be shared later are found, though they were looked for in vain before', () => {
    const w = new World('40000 40007')
    const taken = Array.from({ length: 6 }, () => w.connect(B, 80))
    expect(taken.filter((port) => (port & 1) === 0).length).toBe(4)
    // Every even port leads to B:80 already. A holder towards C shares one; when B's flow on it ends, the port stays held.
    const flow = { localAddress: A, localPort: 40_002, remoteAddress: B, remotePort: 80 }
    const other = holder({ localAddress: A })
    w.ports.inherit(other, 40_002)
    other.localPort = 40_002
    const odd = w.connect(B, 80)
    expect(odd & 1).toBe(1)
    expect(w.connect(B, 80)).toBeGreaterThan(0)
    expect(w.connect(B, 80)).toBe(-EADDRNOTAVAIL)
    w.ports.release(other)
    for (const present of w.list(B, 80)) if (present.localPort === flow.localPort) w.flows.delete(present)
    expect(w.connect(B, 80)).toBe(40_002)
  })

  test('[sock-bind-5] reuse options do not help a chosen TCP port, they do for UDP', () => {
    for (const reuse of [{ reuseAddress: true }, { reusePort: true }]) {
      const w = new World('40000 40000')
      expect(w.bind(reuse)).toBe(40_000)
      expect(w.bind(reuse)).toBe(-EADDRINUSE)
      const u = new World('40000 40000', 'udp')
      expect([u.bind(reuse), u.bind(reuse)]).toEqual([40_000, 40_000])
    }
    const w = new World('40000 40000')
    w.sysctl('ip_autobind_reuse').set('1')
    expect([w.bind({ reuseAddress: true }), w.bind({ reuseAddress: true }), w.bind()]).toEqual([
      40_000,
      40_000,
      -EADDRINUSE,
    ])
  })

  test('SO_REUSEADDR looks through the lower half first', () => {
    const w = new World('40000 40007')
    const first = Array.from({ length: 4 }, () => w.bind({ reuseAddress: true }))
    expect(Math.max(...first)).toBeLessThan(40_004)
    expect(Array.from({ length: 4 }, () => w.bind({ reuseAddress: true })).sort()).toEqual([
      40_004, 40_005, 40_006, 40_007,
    ])
    expect(w.bind({ reuseAddress: true })).toBe(-EADDRINUSE)
  })
})

test('sysctls: what Linux refuses is refused', () => {
  const w = new World()
  const range = w.sysctl('ip_local_port_range')
  expect(range.get()).toBe('32768\t60999')
  for (const text of ['', '1', '5 4', '0 9', '40000 65536', 'a b', '1000 2000', '2000 3000 4000'])
    expect(range.set(text)).toBe(-22)
  const start = w.sysctl('ip_unprivileged_port_start')
  expect([start.get(), start.set('80'), start.set('-1'), start.set('65536'), start.set('40000'), start.get()]).toEqual([
    '1024',
    0,
    -22,
    -22,
    -22,
    '80',
  ])
  expect([w.settings.needsPrivilege(79), w.settings.needsPrivilege(80), w.settings.needsPrivilege(0)]).toEqual([
    true,
    false,
    false,
  ])
  const reserved = w.sysctl('ip_local_reserved_ports')
  for (const text of ['x', '5-4', '65536', '1,,2']) expect(reserved.set(text)).toBe(-22)
  expect([reserved.set('1,3,2,9-11'), reserved.get()]).toEqual([0, '1-3,9-11'])
  expect(w.sysctl('ip_autobind_reuse').set('2')).toBe(-22)
})
