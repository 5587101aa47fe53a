/** epoll(7), which the stack does not have, made of its watches: for scripts that ask by it what poll tells, too. */
import { Timer } from '../../../time/scheduler.ts'
import { EBADF, EEXIST, EINVAL, ENOENT } from '../../../wire/errno.ts'
import { refused } from '../../failure.ts'
import type { World } from '../world.ts'
import type { Arguments, Fields } from './arguments.ts'
import { EPOLL } from './epoll-names.ts'
import type { Call } from './outcome.ts'

/** EPOLLERR and EPOLLHUP, which are always told. */
const ALWAYS = 0x018
const MS = 1_000_000

/** A descriptor of interest. */
interface Entry {
  events: number
  /** What the script wants to be told: `fd=4`, `u64=7`. */
  data: number
  /** Edge-triggered: news since the last wait. */
  news: number
  cancel: () => void
}

class Epoll {
  readonly entries = new Map<number, Entry>()
  readonly #waiters = new Set<() => void>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Watch a descriptor. What holds already is news. */
  add(fd: number, events: number, data: number): number {
    const entry: Entry = { events, data, news: 0, cancel: () => undefined }
    const watch = this.#world.process.watch(fd, events & 0xffff, (bits) => {
      entry.news |= bits
      for (const wake of [...this.#waiters]) wake()
    })
    if (typeof watch === 'number') return watch
    entry.cancel = () => watch.cancel()
    this.entries.set(fd, entry)
    return 0
  }

  remove(fd: number): number {
    const entry = this.entries.get(fd)
    if (entry === undefined) return -ENOENT
    entry.cancel()
    this.entries.delete(fd)
    return 0
  }

  /** What is ready, at most so much: told once if edge-triggered, never again if one-shot. */
  ready(most: number): { readonly events: number; readonly data: number }[] {
    const found: { events: number; data: number }[] = []
    for (const [fd, entry] of this.entries) {
      if (found.length === most) break
      const state = [{ fd, events: entry.events & 0xffff, revents: 0 }]
      this.#world.process.poll(state)
      const events = state[0]?.revents ?? 0
      if (events === 0 || ((entry.events & EPOLL.EPOLLET) !== 0 && entry.news === 0)) continue
      entry.news = 0
      if ((entry.events & EPOLL.EPOLLONESHOT) !== 0) entry.events &= ~(0xffff | ALWAYS)
      found.push({ events, data: entry.data })
    }
    return found
  }

  /** Settles at the next news, or after `nanoseconds`. */
  news(nanoseconds: number): Promise<void> {
    const { clock } = this.#world
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake)
        clock.disarm(timer)
        resolve()
      }
      // A user's callback: time stands still until what it resolves has run.
      const timer = new Timer(() => clock.postCallback({ next: null, run: wake }))
      this.#waiters.add(wake)
      if (nanoseconds !== Number.POSITIVE_INFINITY) clock.arm(timer, clock.now + nanoseconds)
    })
  }
}

/** By world, by the process's descriptor: a duplicate of /dev/null stands for it. */
const instances = new WeakMap<World, Map<number, Epoll>>()

const create: Call = (world, args) => {
  args.count(1)
  const fd = world.process.dup(0)
  const all = instances.get(world) ?? new Map<number, Epoll>()
  instances.set(world, all)
  if (fd >= 0) all.set(fd, new Epoll(world))
  return { result: fd, isDescriptor: true }
}

const find = (world: World, args: Arguments): Epoll | undefined => instances.get(world)?.get(args.fd(0))

const DATA = ['fd', 'u32', 'u64', 'ptr'] as const

const dataOf = (args: Arguments, fields: Fields): number => {
  fields.only('events', ...DATA)
  const name = DATA.find((one) => fields.has(one))
  if (name === undefined) throw refused(args.line, `${args.name}: an event has fd, u32, u64 or ptr`)
  return fields.int(name)
}

const control: Call = (world, args) => {
  args.count(4)
  const epoll = find(world, args)
  const operation = args.int(1)
  const fd = args.fd(2)
  if (epoll === undefined) return { result: -EBADF }
  if (operation === EPOLL.EPOLL_CTL_DEL) return { result: epoll.remove(fd) }
  const fields = args.struct(3)
  const data = dataOf(args, fields)
  const known = epoll.entries.has(fd)
  if (operation === EPOLL.EPOLL_CTL_ADD) return { result: known ? -EEXIST : epoll.add(fd, fields.int('events'), data) }
  if (operation !== EPOLL.EPOLL_CTL_MOD) return { result: -EINVAL }
  const gone = epoll.remove(fd)
  return { result: gone < 0 ? gone : epoll.add(fd, fields.int('events'), data) }
}

const wait: Call = async (world, args) => {
  args.count(4)
  const epoll = find(world, args)
  if (epoll === undefined) return { result: -EBADF }
  const timeout = args.int(3)
  const end = timeout < 0 ? Number.POSITIVE_INFINITY : world.now + timeout * MS
  let found = epoll.ready(args.int(2))
  while (found.length === 0 && world.now < end) {
    await epoll.news(end - world.now)
    found = epoll.ready(args.int(2))
  }
  return {
    result: found.length,
    verify: () => {
      const expr = args.expr(1)
      const wanted = expr.kind === 'list' ? expr.items : expr.kind === 'ellipsis' ? [] : [expr]
      for (const [i, { events, data }] of found.entries()) {
        const one = wanted[i]
        if (one === undefined) continue
        const fields = args.fields(one, () => args.wrong(1, 'a structure, or a list of them'))
        args.same('events', fields.expr('events'), events)
        const told = dataOf(args, fields)
        if (told !== data) throw args.unequal('the data of the event', told, data)
      }
    },
  }
}

export const epollCalls: Readonly<Record<string, Call>> = {
  epoll_create: create,
  epoll_create1: create,
  epoll_ctl: control,
  epoll_wait: wait,
}
