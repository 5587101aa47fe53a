import { describe, expect, test } from 'vitest'
import { Inputs } from '../../src/network/log.ts'
import { portablePlatform } from '../../src/network/platform.ts'
import { VirtualDriver } from '../../src/network/virtual-driver.ts'
import { type Job, MS, parseInputLog, Scheduler, SECOND, Timer } from '../../src/time/index.ts'
import { ManualPlatform } from '../support/platform.ts'

const job = (run: () => void): Job => ({ next: null, run })

const setup = (
  drains = true,
  options: { onError?: (error: unknown) => void; livelock?: number; paused?: boolean } = {},
) => {
  const clock = new Scheduler()
  const platform = new ManualPlatform(drains)
  const driver = new VirtualDriver(clock, { platform, ...options })
  const seen: string[] = []
  const note = (text: string): void => void seen.push(`${text}@${clock.now}`)
  return { clock, platform, driver, seen, note }
}

describe.each([true, false])('virtual time, microtasks drained synchronously: %s', (drains) => {
  test('two callbacks of one instant: the first one’s microtasks run before the second', () => {
    const { clock, platform, driver, note, seen } = setup(drains)
    for (const name of ['a', 'b'])
      clock.postCallback(
        job(() => {
          note(`data ${name}`)
          platform.microtask(() => {
            note(`micro ${name}`)
            clock.post(job(() => note(`packet ${name}`)))
          })
        }),
      )
    driver.start()
    platform.settle()
    expect(seen).toEqual(['data a@0', 'micro a@0', 'packet a@0', 'data b@0', 'micro b@0', 'packet b@0'])
  })

  test('time jumps from deadline to deadline, and not while user code has something left to do', () => {
    const { clock, platform, driver, note, seen } = setup(drains)
    clock.arm(
      new Timer(() =>
        clock.postCallback(
          job(() => {
            note('callback')
            // A chain of microtasks and one macrotask of the program, as setImmediate would be.
            platform.microtask(() => platform.microtask(() => note('micro')))
            platform.macrotask(() => note('immediate'))
          }),
        ),
      ),
      5 * MS,
    )
    clock.arm(new Timer(() => note('later')), 3600 * SECOND)
    driver.start()
    platform.settle()
    expect(seen).toEqual([`callback@${5 * MS}`, `micro@${5 * MS}`, `immediate@${5 * MS}`, `later@${3600 * SECOND}`])
  })

  test('sleeps when nothing is left, and wakes for work from outside', () => {
    const { clock, platform, driver, note, seen } = setup(drains)
    driver.start()
    platform.settle()
    expect(platform.waiting).toBe(0)
    clock.post(job(() => note('job')))
    platform.settle()
    clock.postCallback(job(() => note('callback')))
    platform.settle()
    clock.arm(new Timer(() => note('timer')), 7)
    platform.settle()
    expect(seen).toEqual(['job@0', 'callback@0', 'timer@7'])
  })

  test('while the clock is suspended no callback runs and no time passes; then all comes in its order', async () => {
    const { clock, platform, driver, note, seen } = setup(drains)
    let over: (() => void)[] = []
    clock.postCallback(
      job(() => {
        note('first')
        over = [clock.suspend(), clock.suspend()]
        clock.post(job(() => note('packet')))
        clock.postCallback(job(() => note('second')))
        clock.arm(new Timer(() => note('timer')), 7)
      }),
    )
    driver.start()
    const idle = driver.runUntilIdle()
    platform.settle()
    over[0]?.()
    over[0]?.()
    platform.settle()
    expect(seen).toEqual(['first@0', 'packet@0'])
    over[1]?.()
    platform.settle()
    expect(seen).toEqual(['first@0', 'packet@0', 'second@0', 'timer@7'])
    expect(await idle).toBe(7)
  })

  test('the event loop turns during a flood of callbacks', () => {
    const { clock, platform, driver } = setup(drains)
    let done = 0
    for (let i = 0; i < 1000; i++) clock.postCallback(job(() => done++))
    driver.start()
    platform.turn()
    expect(done).toBe(drains ? 256 : 1)
    platform.settle()
    expect(done).toBe(1000)
  })

  test('what a callback throws is reported, and the rest goes on', () => {
    const errors: unknown[] = []
    const { clock, platform, driver, note, seen } = setup(drains, { onError: (error) => errors.push(error) })
    const oops = new Error('oops')
    const fail = (): never => {
      throw oops
    }
    clock.postCallback(job(fail))
    clock.post(job(fail))
    clock.postCallback(job(() => note('next')))
    clock.arm(new Timer(fail), 3)
    clock.arm(new Timer(() => note('after')), 3)
    driver.start()
    platform.settle()
    expect(errors).toEqual([oops, oops, oops])
    expect(seen).toEqual(['next@0', 'after@3'])
  })
})

describe('virtual time', () => {
  test('an error nobody takes is thrown from a macrotask of its own', () => {
    const { clock, platform, driver, note, seen } = setup()
    clock.postCallback(
      job(() => {
        throw new Error('uncaught')
      }),
    )
    clock.postCallback(job(() => note('next')))
    driver.start()
    expect(() => platform.settle()).toThrow('uncaught')
    platform.settle()
    expect(seen).toEqual(['next@0'])
  })

  test('pause stops time and packets; run calls move them, in order, to exactly their time', async () => {
    const clock = new Scheduler()
    const driver = new VirtualDriver(clock, { platform: portablePlatform(), paused: true })
    const seen: string[] = []
    const tick: Timer = new Timer(() => {
      seen.push(`tick@${clock.now}`)
      clock.arm(tick, clock.now + 10)
    })
    clock.arm(tick, 10)
    driver.start()
    const order: string[] = []
    const first = driver.run(25).then((now) => order.push(`25:${now}:${clock.now}`))
    const second = driver.run(15).then((now) => order.push(`15:${now}:${clock.now}`))
    await Promise.all([first, second])
    expect(order).toEqual(['15:15:15', '25:25:25'])
    expect(seen).toEqual(['tick@10', 'tick@20'])
    expect(await driver.runFor(5)).toBe(30)
    expect(seen).toEqual(['tick@10', 'tick@20', 'tick@30'])
    expect(await driver.run(3)).toBe(30)
    clock.disarm(tick)
    expect(await driver.runUntilIdle()).toBe(30)
    clock.arm(new Timer(() => seen.push('last')), 90)
    expect(await driver.runUntilIdle()).toBe(90)
    expect(seen.at(-1)).toBe('last')
    expect(driver.paused).toBe(true)
  })

  test('resume lets time pass again, pause stops it from a callback', () => {
    const { clock, platform, driver, note, seen } = setup(true, { paused: true })
    clock.arm(
      new Timer(() =>
        clock.postCallback(
          job(() => {
            note('a')
            driver.pause()
          }),
        ),
      ),
      1,
    )
    clock.arm(new Timer(() => note('b')), 2)
    driver.start()
    platform.settle()
    expect(seen).toEqual([])
    driver.resume()
    platform.settle()
    expect(seen).toEqual(['a@1'])
    driver.resume()
    platform.settle()
    expect(seen).toEqual(['a@1', 'b@2'])
  })

  test('whoever awaited a run call goes first when it is served', async () => {
    const clock = new Scheduler()
    const driver = new VirtualDriver(clock, { platform: portablePlatform() })
    driver.start()
    clock.arm(new Timer(() => undefined), 1000)
    await driver.run(50)
    expect(clock.now).toBe(50)
    await Promise.resolve()
    expect(clock.now).toBe(50)
    await driver.runUntilIdle()
    expect(clock.now).toBe(1000)
  })

  test('a network that runs in circles is stopped with an error that says where', async () => {
    const clock = new Scheduler()
    const errors: unknown[] = []
    const driver = new VirtualDriver(clock, {
      platform: portablePlatform(),
      livelock: 50_000,
      onError: (error) => errors.push(error),
    })
    const circle: Job = job(() => clock.post(circle))
    clock.arm(new Timer(() => clock.post(circle)), 77)
    driver.start()
    await expect(driver.runUntilIdle()).rejects.toThrow(/livelock: \d+ steps at 77 ns without time passing/)
    expect(errors).toHaveLength(1)
    expect(driver.paused).toBe(true)
  })

  test('close rejects who waits and runs nothing more', async () => {
    const clock = new Scheduler()
    const driver = new VirtualDriver(clock, { platform: portablePlatform() })
    driver.start()
    let ran = false
    clock.arm(new Timer(() => (ran = true)), 5)
    const waiting = driver.run(10)
    driver.close()
    await expect(waiting).rejects.toThrow('the network is closed')
    await expect(driver.run(20)).rejects.toThrow('the network is closed')
    expect(ran).toBe(false)
  })

  test('recorded input comes at its time and among the work of its instant where it came before', () => {
    const run = (recorded: string | null) => {
      const { clock, platform, seen, note } = setup()
      const inputs = new Inputs(clock, recorded === null ? null : parseInputLog(recorded))
      const driver = new VirtualDriver(
        clock,
        inputs.replay === null ? { platform } : { platform, replay: inputs.replay },
      )
      const key = inputs.source('tty', (kind, bytes) => {
        note(`${kind} ${bytes[0]}`)
        clock.post(job(() => note('echo')))
      })
      // Two callbacks at one instant: live, the key is typed between them, in a macrotask of the runtime.
      clock.arm(
        new Timer(() => {
          for (let i = 0; i < 300; i++)
            clock.postCallback(job(() => (i === 0 || i === 299 ? note(`callback ${i}`) : undefined)))
        }),
        40,
      )
      clock.arm(new Timer(() => note('timer')), 60)
      driver.start()
      platform.turn()
      platform.macrotask(() => key('key', Uint8Array.of(65)))
      platform.settle()
      key('key', Uint8Array.of(66))
      platform.settle()
      return { seen, log: inputs.log.toString() }
    }
    const live = run(null)
    expect(live.seen.filter((text) => text.startsWith('key'))).toHaveLength(2)
    const replayed = run(live.log)
    expect(replayed.seen).toEqual(live.seen)
    expect(replayed.log).toBe(live.log)
  })

  test('input that has no place in this network is an error', () => {
    const errors: unknown[] = []
    const clock = new Scheduler()
    const platform = new ManualPlatform()
    const inputs = new Inputs(clock, parseInputLog('[40,9,"tty","key","41"]'))
    inputs.source('tty', () => undefined)
    const replay = inputs.replay
    if (replay === null) throw new Error('not replaying')
    new VirtualDriver(clock, { platform, replay, onError: (error) => errors.push(error) }).start()
    platform.settle()
    expect(String(errors[0])).toContain('input recorded at 40 ns after 9 steps has no place here')
  })
})
