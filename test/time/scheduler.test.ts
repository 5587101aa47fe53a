import { describe, expect, test } from 'vitest'
import { type Job, MS, Scheduler, Timer } from '../../src/time/index.ts'
import { runFor, runNow, settle } from '../support/scheduler.ts'

const job = (run: () => void): Job => ({ next: null, run })

describe('scheduler', () => {
  test('runs jobs in order, jobs before due deadlines, and user callbacks after both', () => {
    const clock = new Scheduler()
    const seen: string[] = []
    clock.arm(new Timer(() => seen.push('deadline')), 0)
    clock.postCallback(job(() => seen.push('callback')))
    clock.post(job(() => seen.push('first')))
    clock.post(job(() => clock.post(job(() => seen.push('third')))))
    clock.post(job(() => seen.push('second')))
    runNow(clock)
    expect(seen).toEqual(['first', 'second', 'third', 'deadline', 'callback'])
    expect(clock.steps).toBe(6)
    expect(clock.busy).toBe(false)
  })

  test('equal times expire in the order of arming; moving one puts it behind', () => {
    const clock = new Scheduler()
    const seen: string[] = []
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new Timer(() => seen.push(`${name}@${clock.now}`)))
    clock.arm(a as Timer, 5)
    clock.arm(b as Timer, 5)
    clock.arm(c as Timer, 9)
    clock.arm(a as Timer, 5)
    clock.disarm(c as Timer)
    settle(clock)
    expect(seen).toEqual(['b@5', 'a@5'])
    expect(clock.nextDeadline).toBe(Infinity)
  })

  test('a deadline in the past is due now; arming from expire works', () => {
    const clock = new Scheduler()
    const seen: number[] = []
    const timer: Timer = new Timer(() => {
      seen.push(clock.now)
      if (seen.length < 3) clock.arm(timer, clock.now + MS)
    })
    clock.advance(10 * MS)
    clock.arm(timer, 3)
    runFor(clock, 10 * MS)
    expect(seen).toEqual([10 * MS, 11 * MS, 12 * MS])
    expect(clock.now).toBe(20 * MS)
  })

  test('the clock passes no deadline and never goes back', () => {
    const clock = new Scheduler()
    clock.arm(new Timer(() => undefined), 50)
    clock.advance(100)
    expect(clock.now).toBe(50)
    clock.advance(20)
    expect(clock.now).toBe(50)
  })

  test('runJobs keeps to its budget and goes on later', () => {
    const clock = new Scheduler()
    let done = 0
    for (let i = 0; i < 10; i++) clock.post(job(() => done++))
    expect(clock.runJobs(4)).toBe(0)
    expect(done).toBe(4)
    expect(clock.busy).toBe(true)
    expect(clock.runJobs(100)).toBe(94)
    expect(done).toBe(10)
  })

  test('a job that throws is gone, and the rest still runs', () => {
    const clock = new Scheduler()
    const seen: string[] = []
    clock.post(
      job(() => {
        throw new Error('broken')
      }),
    )
    clock.post(job(() => seen.push('next')))
    expect(() => clock.runJobs(10)).toThrow('broken')
    clock.runJobs(10)
    expect(seen).toEqual(['next'])
    expect(clock.steps).toBe(2)
  })

  test('wakes a sleeping driver for each kind of work', () => {
    const clock = new Scheduler()
    let woken = 0
    clock.wake = () => woken++
    clock.post(job(() => undefined))
    clock.postCallback(job(() => undefined))
    clock.arm(new Timer(() => undefined), 5)
    expect(woken).toBe(3)
  })

  test('reads the time outside once, and not past a deadline', () => {
    const clock = new Scheduler()
    let reads = 0
    const outside = (time: number) => () => {
      reads++
      return time
    }
    clock.outside = outside(40)
    expect([clock.now, clock.now]).toEqual([40, 40])
    expect(reads).toBe(1)
    clock.arm(new Timer(() => undefined), 60)
    clock.outside = outside(90)
    expect(clock.now).toBe(60)
  })
})
