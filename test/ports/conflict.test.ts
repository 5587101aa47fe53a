/** The conflict matrix against a naive model: every pair of holders, judged by asking each question by itself. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressesConflict, NO_SLOT, type PortHolder, PortSettings, PortTable } from '../../src/ports/index.ts'
import { createRandom } from '../../src/time/index.ts'
import { Address, ANY4, ANY6, LOOPBACK6 } from '../../src/wire/address.ts'
import { EADDRINUSE } from '../../src/wire/errno.ts'

type Holder = { -readonly [K in keyof PortHolder]: PortHolder[K] }

const A = Address.v4(0x7f000001)
const B = Address.v4(0x7f000002)
/** What may be bound: the family of the socket, its address, V6ONLY. */
const places: readonly Pick<Holder, 'family' | 'localAddress' | 'v6only'>[] = [
  { family: 4, localAddress: null, v6only: false },
  { family: 4, localAddress: ANY4, v6only: false },
  { family: 4, localAddress: A, v6only: false },
  { family: 4, localAddress: B, v6only: false },
  { family: 6, localAddress: null, v6only: false },
  { family: 6, localAddress: ANY6, v6only: false },
  { family: 6, localAddress: null, v6only: true },
  { family: 6, localAddress: LOOPBACK6, v6only: false },
  { family: 6, localAddress: LOOPBACK6, v6only: true },
  { family: 6, localAddress: A.mapped(), v6only: false },
  { family: 6, localAddress: A, v6only: false },
  { family: 6, localAddress: ANY4.mapped(), v6only: false },
  { family: 6, localAddress: ANY4, v6only: false },
]

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

/** Every packet destination that matters, and whether a holder would take it: two conflict when they share one. */
const destinations = [A, B, Address.v4(0x7f000003), LOOPBACK6, Address.v6(1, 2, 3, 4)]
const takes = (h: Holder, to: Address): boolean => {
  const own = h.localAddress?.unmapped() ?? null
  if (own?.isUnspecified && own.family === 4) return to.family === 4
  if (own !== null && !own.isUnspecified) return own.equals(to)
  if (h.family === 4) return to.family === 4
  return to.family === 6 || !h.v6only
}
const share = (a: Holder, b: Holder): boolean => destinations.some((to) => takes(a, to) && takes(b, to))

/** inet_csk_bind_conflict in words. */
const tcpModel = (a: Holder, b: Holder): boolean => {
  const sameDevice = a.deviceIndex === 0 || b.deviceIndex === 0 || a.deviceIndex === b.deviceIndex
  if (!sameDevice || !share(a, b)) return false
  const byAddress = a.reuseAddress && b.reuseAddress && !b.isListening
  const byPort = a.reusePort && b.reusePort && (b.isTimeWait || a.uid === b.uid)
  return !byAddress && !byPort
}

const udpModel = (a: Holder, b: Holder): boolean => {
  const sameDevice = a.deviceIndex === 0 || b.deviceIndex === 0 || a.deviceIndex === b.deviceIndex
  if (!sameDevice || !share(a, b)) return false
  return !(a.reuseAddress && b.reuseAddress) && !(a.reusePort && b.reusePort && a.uid === b.uid)
}

const anyHolder = fc
  .record({
    place: fc.constantFrom(...places),
    reuseAddress: fc.boolean(),
    reusePort: fc.boolean(),
    uid: fc.constantFrom(0, 1000),
    deviceIndex: fc.constantFrom(0, 1, 2),
    isListening: fc.boolean(),
    isTimeWait: fc.boolean(),
  })
  .map(({ place, ...rest }) => holder({ ...place, ...rest, isListening: rest.isListening && !rest.isTimeWait }))

const table = (protocol: 'tcp' | 'udp', settings = new PortSettings()): PortTable =>
  new PortTable(protocol, settings, createRandom(1, 'test'))

describe('addresses', () => {
  test('[sock-bind-9, sock-bind-10, sock-bind-11, sock-reuse-7] two holders conflict when one packet could be for both', () => {
    for (const a of places)
      for (const b of places)
        expect([a, b, addressesConflict(holder(a), holder(b))]).toEqual([a, b, share(holder(a), holder(b))])
  })
})

describe('the table', () => {
  test.each(['tcp', 'udp'] as const)('[sock-bind-3, sock-reuse-1] binds as the model allows, %s', (protocol) => {
    const model = protocol === 'tcp' ? tcpModel : udpModel
    const steps = fc.array(fc.record({ who: anyHolder, port: fc.constantFrom(5000, 5001), drop: fc.nat(9) }), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(steps, (list) => {
        const ports = table(protocol)
        const present: Holder[] = []
        for (const { who: like, port, drop } of list) {
          const who = { ...like, isTimeWait: protocol === 'tcp' && like.isTimeWait }
          const allowed = !present.some((one) => one.localPort === port && model(who, one))
          expect(ports.bind(who, port)).toBe(allowed ? port : -EADDRINUSE)
          if (allowed) {
            who.localPort = port
            present.push(who)
          }
          const gone = drop < 3 ? present.splice(drop % Math.max(1, present.length), 1)[0] : undefined
          if (gone !== undefined) ports.release(gone)
          for (const p of [5000, 5001]) expect(ports.inUse(p)).toBe(present.some((one) => one.localPort === p))
        }
        for (const one of present) {
          const others = present.filter((other) => other !== one && other.localPort === one.localPort)
          const conflict = others.some((other) => model(one, other)) ? -EADDRINUSE : 0
          expect(ports.listenConflict(one)).toBe(conflict)
          if (protocol === 'udp') break
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a child holds its listener’s port, TIME-WAIT takes over a connection’s, and both are gone in constant time', () => {
    const ports = table('tcp')
    const listener = holder({ reuseAddress: true, localPort: 80 })
    ports.bind(listener, 80)
    const children = Array.from({ length: 5 }, () => holder({ localAddress: A, localPort: 80, reuseAddress: true }))
    for (const child of children) ports.inherit(child, 80)
    listener.localPort = 80
    ports.release(listener)
    expect(ports.bind(holder(), 80)).toBe(-EADDRINUSE)
    const timeWait = holder({ localAddress: A, localPort: 80, isTimeWait: true })
    ports.replace(children[2] as Holder, timeWait)
    expect(children[2]?.portSlot).toBe(NO_SLOT)
    expect(ports.bind(holder({ reuseAddress: true }), 80)).toBe(-EADDRINUSE)
    ports.release(timeWait)
    const again = holder({ reuseAddress: true })
    expect(ports.bind(again, 80)).toBe(80)
    again.localPort = 80
    for (const child of [children[0], children[4], children[1], children[3], again]) ports.release(child as Holder)
    expect(ports.inUse(80)).toBe(false)
    ports.release(children[0] as Holder)
  })

  test('invariants: a holder holds one port, and gives back the one that it holds', () => {
    const ports = table('tcp')
    const one = holder()
    ports.bind(one, 80)
    expect(() => ports.bind(one, 81)).toThrow('invariant')
    one.localPort = 81
    expect(() => ports.release(one)).toThrow('invariant')
    expect(() => ports.replace(one, holder())).toThrow('invariant')
    expect(() => ports.replace(holder({ localPort: 80 }), holder())).toThrow('invariant')
  })
})
