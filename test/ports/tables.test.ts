/** Flows by five-tuple and listeners by score, against naive models. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Flow, FlowTable, flowHash, ListenerTable, NO_SLOT, type PortHolder } from '../../src/ports/index.ts'
import { Address, ANY6, LOOPBACK6 } from '../../src/wire/address.ts'

const flow = (n: number): Flow => ({
  localAddress: Address.v4(0x0a000001),
  localPort: 80 + (n & 3),
  remoteAddress: n & 4 ? Address.v6(1, 2, 3, n) : Address.v4(0x0b000000 + (n >> 5)),
  remotePort: 1000 + (n & 31),
})

const key = (f: Flow): string => `${f.localAddress} ${f.localPort} ${f.remoteAddress} ${f.remotePort}`

const find = (table: FlowTable<Flow>, f: Flow): Flow | null =>
  table.lookup(f.localAddress, f.localPort, f.remoteAddress, f.remotePort)

describe('FlowTable', () => {
  test('is a map by five-tuple whatever comes and goes', () => {
    const steps = fc.array(fc.record({ n: fc.nat(200), add: fc.boolean() }), { maxLength: 300 })
    fc.assert(
      fc.property(steps, fc.integer(), (list, seed) => {
        const table = new FlowTable<Flow>(seed)
        const model = new Map<string, Flow>()
        for (const { n, add } of list) {
          const f = flow(n)
          const present = model.get(key(f))
          if (add) {
            expect(table.insert(f)).toBe(present === undefined)
            if (present === undefined) model.set(key(f), f)
          } else {
            // An equal flow is not this flow.
            expect(table.delete(f)).toBe(false)
            if (present !== undefined) expect(table.delete(present)).toBe(true)
            model.delete(key(f))
          }
          expect(table.size).toBe(model.size)
        }
        for (let n = 0; n <= 200; n++) expect(find(table, flow(n))).toBe(model.get(key(flow(n))) ?? null)
      }),
      { numRuns: 100 },
    )
  })

  test('a successor takes the place', () => {
    const table = new FlowTable<Flow>(1)
    const [a, b] = [flow(1), flow(1)]
    table.insert(a)
    expect(table.replace(b, a)).toBe(false)
    expect(table.replace(a, b)).toBe(true)
    expect(find(table, a)).toBe(b)
    expect([table.delete(a), table.delete(b), table.size]).toEqual([false, true, 0])
  })

  test('grows, shrinks and keeps all of a hundred thousand', () => {
    const table = new FlowTable<Flow>(3)
    const flows: Flow[] = []
    const local = Address.v4(1)
    const remote = Address.v4(2)
    for (let i = 0; i < 100_000; i++)
      flows.push({ localAddress: local, localPort: i >> 8, remoteAddress: remote, remotePort: i & 255 })
    for (const f of flows) table.insert(f)
    expect(flows.every((f) => find(table, f) === f)).toBe(true)
    for (const f of flows.slice(10)) table.delete(f)
    expect(table.size).toBe(10)
    expect(flows.map((f) => find(table, f) === f).filter(Boolean)).toHaveLength(10)
  })

  test('the hash depends on the secret and on each of the four', () => {
    const [a, b] = [Address.v4(1), Address.v4(2)]
    const hashes = [
      flowHash(1, a, 1, b, 2),
      flowHash(2, a, 1, b, 2),
      flowHash(1, b, 1, a, 2),
      flowHash(1, a, 2, b, 1),
      flowHash(1, a, 2, b, 2),
      flowHash(1, a, 1, b, 3),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
    for (const h of hashes) expect(h).toBe(h | 0)
    // Sequential ports fill a small table evenly.
    const load = new Array<number>(16).fill(0)
    for (let port = 0; port < 1600; port++) load[flowHash(5, a, 80, b, 30_000 + port) & 15]!++
    for (const n of load) expect(n > 50 && n < 150).toBe(true)
  })
})

interface L extends PortHolder {
  readonly name: string
}

const listener = (name: string, fields: Partial<L>): L => ({
  name,
  localAddress: null,
  localPort: 80,
  family: 4,
  v6only: false,
  reuseAddress: false,
  reusePort: false,
  uid: 0,
  deviceIndex: 0,
  isListening: true,
  isTimeWait: false,
  portSlot: NO_SLOT,
  ...fields,
})

describe('ListenerTable', () => {
  const A = Address.v4(0x0a000001)
  const all = [
    listener('any4', {}),
    listener('any4 on 2', { deviceIndex: 2 }),
    listener('dual', { family: 6 }),
    listener('v6only', { family: 6, v6only: true, localAddress: ANY6 }),
    listener('A', { localAddress: A }),
    listener('mapped A', { family: 6, localAddress: A.mapped() }),
    listener('::1', { family: 6, localAddress: LOOPBACK6 }),
  ]
  const table = (names: readonly string[]): ListenerTable<L> => {
    const t = new ListenerTable<L>()
    for (const name of names) t.add(all.find((one) => one.name === name) as L)
    return t
  }

  test.each([
    ['A any4 dual', A, 1, 'A'],
    ['any4 A', A, 1, 'A'],
    ['dual any4', A, 1, 'any4'],
    ['any4 dual', A, 1, 'any4'],
    ['dual', A, 1, 'dual'],
    ['v6only', A, 1, null],
    ['any4', LOOPBACK6, 1, null],
    ['v6only', LOOPBACK6, 1, 'v6only'],
    ['::1 dual', LOOPBACK6, 1, '::1'],
    ['dual', LOOPBACK6, 1, 'dual'],
    ['any4|any4 on 2', A, 2, 'any4 on 2'],
    ['any4|any4 on 2', A, 1, 'any4'],
    ['any4 on 2', A, 1, null],
    ['mapped A|any4', A, 1, 'mapped A'],
    ['mapped A|A', A, 1, 'A'],
    ['A', Address.v4(9), 1, null],
  ] as const)('of %s for %s by device %i: %s', (names, to, device, expected) => {
    const list =
      names.includes('|') || names.startsWith('any4 on') || names.startsWith('mapped')
        ? names.split('|')
        : names.split(' ')
    expect(table(list).lookup(to, 80, device, 0)?.name ?? null).toBe(expected)
  })

  test('goes by port, and forgets who is removed', () => {
    const t = table(['any4', 'A'])
    expect(t.lookup(A, 81, 1, 0)).toBe(null)
    t.remove(all[4] as L)
    t.remove(all[4] as L)
    expect(t.lookup(A, 80, 1, 0)?.name).toBe('any4')
    expect(t.has(80)).toBe(true)
    t.remove(all[0] as L)
    expect([t.has(80), t.lookup(A, 80, 1, 0)]).toEqual([false, null])
  })

  test('[sock-reuse-9] a group is spread by the hash, evenly, each flow to one member', () => {
    const t = new ListenerTable<L>()
    const group = ['a', 'b', 'c'].map((name) => listener(name, { reusePort: true }))
    for (const one of group) t.add(one)
    t.add(listener('other user', { reusePort: true, uid: 9, localAddress: Address.v4(7) }))
    const count: Record<string, number> = {}
    for (let i = 0; i < 3000; i++) {
      const hash = Math.imul(i, 0x9e3779b1)
      const name = t.lookup(A, 80, 1, hash)?.name as string
      expect(t.lookup(A, 80, 1, hash)?.name).toBe(name)
      count[name] = (count[name] ?? 0) + 1
    }
    expect(Object.keys(count).sort()).toEqual(['a', 'b', 'c'])
    for (const n of Object.values(count)) expect(n).toBeGreaterThan(900)
    t.remove(group[0] as L)
    for (let i = 0; i < 100; i++) expect(t.lookup(A, 80, 1, i << 25)?.name).not.toBe('a')
  })
})
