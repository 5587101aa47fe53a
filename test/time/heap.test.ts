import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DeadlineHeap } from '../../src/time/heap.ts'
import type { Deadline } from '../../src/time/scheduler.ts'

class Named implements Deadline {
  heapId = -1
  readonly name: number

  constructor(name: number) {
    this.name = name
  }

  expire(): void {
    throw new Error('not called')
  }
}

/** The same in the plainest way: a list of (time, seq), sorted at each look. */
class Model {
  readonly entries = new Map<number, { time: number; seq: number }>()
  #seq = 0

  set(name: number, time: number): void {
    this.entries.set(name, { time, seq: this.#seq++ })
  }

  get first(): number | undefined {
    return [...this.entries].sort(([, a], [, b]) => a.time - b.time || a.seq - b.seq)[0]?.[0]
  }
}

describe('deadline heap', () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('set'), name: fc.nat(120), time: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), name: fc.nat(120), time: fc.constant(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pop'), name: fc.constant(0), time: fc.constant(0) }) },
  )

  test('gives the same deadlines in the same order as a sorted list, with moves and deletions', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 600, size: 'max' }), (commands) => {
        const heap = new DeadlineHeap()
        const model = new Model()
        const all = Array.from({ length: 121 }, (_, name) => new Named(name))
        for (const { kind, name, time } of commands) {
          const deadline = all[name] as Named
          if (kind === 'set') {
            heap.set(deadline, time)
            model.set(name, time)
          } else if (kind === 'delete') {
            heap.delete(deadline)
            model.entries.delete(name)
          } else {
            const first = model.first
            expect((heap.pop() as Named | null)?.name).toBe(first)
            if (first !== undefined) model.entries.delete(first)
          }
          const next = model.first
          expect(heap.size).toBe(model.entries.size)
          expect(heap.minTime).toBe(next === undefined ? Infinity : model.entries.get(next)?.time)
        }
        for (let first = model.first; first !== undefined; first = model.first) {
          expect((heap.pop() as Named).name).toBe(first)
          model.entries.delete(first)
        }
        expect(heap.pop()).toBeNull()
      }),
      { numRuns: 200 },
    )
  })

  test('a popped or deleted deadline can be set again, and others do not move it', () => {
    const heap = new DeadlineHeap()
    const [a, b] = [new Named(1), new Named(2)]
    heap.set(a, 5)
    expect(heap.pop()).toBe(a)
    heap.delete(a)
    heap.set(b, 7)
    heap.set(a, 6)
    expect(heap.minTime).toBe(6)
    heap.delete(a)
    expect(heap.minTime).toBe(7)
    expect(heap.pop()).toBe(b)
    expect(heap.size).toBe(0)
  })
})
