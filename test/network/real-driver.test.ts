import { describe, expect, test } from 'vitest'
import { RealDriver } from '../../src/network/real-driver.ts'
import { type Job, MS, Scheduler, Timer } from '../../src/time/index.ts'
import { ManualPlatform } from '../support/platform.ts'

const job = (run: () => void): Job => ({ next: null, run })

const setup = () => {
  const clock = new Scheduler()
  const platform = new ManualPlatform()
  const errors: unknown[] = []
  const driver = new RealDriver(clock, { platform, onError: (error) => errors.push(error), livelock: 50_000 })
  const seen: string[] = []
  const note = (text: string): void => void seen.push(`${text}@${clock.now}`)
  driver.start()
  platform.turn()
  return { clock, platform, driver, seen, note, errors }
}

describe('real time', () => {
  test('one host timer waits for the next deadline, which expires at its own time', () => {
    const { clock, platform, note, seen } = setup()
    clock.arm(new Timer(() => note('second')), 50 * MS)
    clock.arm(new Timer(() => note('first')), 20 * MS)
    platform.turn()
    expect(platform.timers.map((timer) => timer.at)).toEqual([1020])
    platform.pass(23)
    expect(seen).toEqual([`first@${20 * MS}`])
    expect(platform.timers.map((timer) => timer.at)).toEqual([1050])
    platform.pass(100)
    expect(seen.at(-1)).toBe(`second@${50 * MS}`)
    expect(platform.timers).toEqual([])
  })

  test('who looks at the clock from outside sees the real time, which stands still until the network has run', () => {
    const { clock, platform } = setup()
    platform.pass(10.5)
    expect(clock.now).toBe(10.5 * MS)
    platform.time += 5
    expect(clock.now).toBe(10.5 * MS)
    platform.settle()
    expect(clock.now).toBe(15.5 * MS)
  })

  test('while the clock is suspended it stands still; what became due meanwhile is done at its time', () => {
    const { clock, platform, note, seen } = setup()
    clock.arm(new Timer(() => note('timer')), 20 * MS)
    platform.settle()
    platform.pass(5)
    const over = clock.suspend()
    clock.postCallback(job(() => note('callback')))
    platform.settle()
    platform.pass(50)
    platform.settle()
    expect([seen, clock.now]).toEqual([[], 5 * MS])
    over()
    over()
    platform.settle()
    expect(seen).toEqual([`callback@${5 * MS}`, `timer@${20 * MS}`])
  })

  test('work posted from outside runs at the time it came', () => {
    const { clock, platform, note, seen } = setup()
    platform.pass(30)
    clock.post(job(() => note('job')))
    platform.time += 7
    platform.settle()
    expect(seen).toEqual([`job@${30 * MS}`])
  })

  test('late work is done at the times it was due, and input does not overtake it', () => {
    const { clock, platform, note, seen } = setup()
    for (const ms of [5, 6, 7]) clock.arm(new Timer(() => note(`timer ${ms}`)), ms * MS)
    platform.turn()
    // The event loop was blocked for long: timers did not fire, and something comes from outside first.
    platform.time += 100
    note('outside')
    platform.settle()
    expect(seen).toEqual([`outside@${5 * MS}`, `timer 5@${5 * MS}`, `timer 6@${6 * MS}`, `timer 7@${7 * MS}`])
    expect(clock.now).toBe(100 * MS)
  })

  test('a deadline nearer than a millisecond is waited for by turns of the event loop', () => {
    const { clock, platform, note, seen } = setup()
    clock.arm(new Timer(() => note('soon')), 0.4 * MS)
    platform.turn()
    expect(platform.timers).toEqual([])
    for (let i = 0; i < 5; i++) {
      expect(seen).toEqual([])
      expect(platform.turn()).toBe(true)
      platform.time += 0.1
    }
    expect(seen).toEqual([`soon@${0.4 * MS}`])
    platform.settle()
    expect(platform.waiting).toBe(0)
  })

  test('the process is kept alive while something is held open, no longer', () => {
    const { platform, driver } = setup()
    const first = driver.hold()
    const second = driver.hold()
    expect(platform.alive).toBe(true)
    first()
    first()
    expect(platform.alive).toBe(true)
    second()
    expect(platform.alive).toBe(false)
    driver.hold()
    driver.close()
    expect(platform.alive).toBe(false)
  })

  test('errors are reported and the rest runs; a livelock stops the network', () => {
    const { clock, platform, note, seen, errors } = setup()
    clock.postCallback(
      job(() => {
        throw new Error('oops')
      }),
    )
    clock.postCallback(job(() => note('next')))
    platform.settle()
    expect(String(errors[0])).toContain('oops')
    expect(seen).toEqual(['next@0'])
    const circle: Job = job(() => clock.post(circle))
    clock.post(circle)
    platform.settle()
    expect(String(errors[1])).toContain('livelock')
    expect(platform.waiting).toBe(0)
  })

  test('nothing runs after close', () => {
    const { clock, platform, driver, note, seen } = setup()
    clock.arm(new Timer(() => note('timer')), 5 * MS)
    platform.turn()
    driver.close()
    clock.post(job(() => note('job')))
    platform.pass(50)
    platform.settle()
    expect(seen).toEqual([])
    expect(platform.timers).toEqual([])
  })
})
