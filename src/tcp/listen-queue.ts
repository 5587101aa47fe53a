/** What a listener keeps: half-open connections and children that wait for accept (listen(2), Linux's backlog of n+1). */
import { type Deadline, MS, type Scheduler } from '../time/scheduler.ts'
import { Reason } from '../wire/reason.ts'
import { Bit } from './bits.ts'
import { sendReset } from './emit.ts'
import type { HalfOpen } from './half-open.ts'
import { destroy, finish } from './lifetime.ts'
import { inStates, RESETS_ON_ABORT, transition } from './states.ts'
import type { Tcb } from './tcb.ts'
import { TcpState } from './types.ts'

export class ListenQueue implements Deadline {
  heapId = -1
  backlog: number
  readonly #clock: Scheduler
  /** Established children, oldest first; `#taken` of them have been accepted. */
  #children: Tcb[] = []
  #taken = 0
  /** Half-open connections, oldest first. */
  firstHalfOpen: HalfOpen | null = null
  lastHalfOpen: HalfOpen | null = null
  halfOpen = 0
  /** When a SYN cookie was last sent. */
  overflowMs = 0
  hasOverflowed = false
  /** The oldest whose SYN,ACK has not been sent again: those after it are later by arrival and by time-out. */
  #fresh: HalfOpen | null = null

  constructor(backlog: number, clock: Scheduler) {
    this.backlog = backlog
    this.#clock = clock
  }

  /** Wait for the first time-out of a half-open connection just added: one deadline for all of them. */
  await(halfOpen: HalfOpen): void {
    this.#fresh ??= halfOpen
    if (this.heapId < 0) this.#clock.arm(this, halfOpen.dueMs * MS)
  }

  expire(): void {
    const now = this.#clock.now
    for (let due = this.#fresh; due !== null && due.dueMs * MS <= now; due = this.#fresh) {
      this.#fresh = due.after
      due.expire()
    }
    if (this.#fresh !== null) this.#clock.arm(this, this.#fresh.dueMs * MS)
  }

  get length(): number {
    return this.#children.length - this.#taken
  }

  /** Linux's sk_acceptq_is_full: more than the backlog, so that n+1 fit. */
  get isFull(): boolean {
    return this.length > this.backlog
  }

  push(child: Tcb): void {
    this.#children.push(child)
  }

  shift(): Tcb | null {
    const child = this.#children[this.#taken]
    if (child === undefined) return null
    this.#taken++
    if (this.#taken === this.#children.length) {
      this.#children = []
      this.#taken = 0
    } else if (this.#taken >= 64 && this.#taken * 2 > this.#children.length) {
      this.#children = this.#children.slice(this.#taken)
      this.#taken = 0
    }
    return child
  }

  add(halfOpen: HalfOpen): void {
    halfOpen.before = this.lastHalfOpen
    if (this.lastHalfOpen === null) this.firstHalfOpen = halfOpen
    else this.lastHalfOpen.after = halfOpen
    this.lastHalfOpen = halfOpen
    this.halfOpen++
  }

  remove(halfOpen: HalfOpen): void {
    if (this.#fresh === halfOpen) this.#fresh = halfOpen.after
    if (halfOpen.before === null) this.firstHalfOpen = halfOpen.after
    else halfOpen.before.after = halfOpen.after
    if (halfOpen.after === null) this.lastHalfOpen = halfOpen.before
    else halfOpen.after.before = halfOpen.before
    halfOpen.before = null
    halfOpen.after = null
    this.halfOpen--
  }
}

export const listenQueue = (tcb: Tcb): ListenQueue => tcb.listening as ListenQueue

/** LISTEN is over: half-open connections vanish, children that nobody accepted are reset (inet_csk_listen_stop). */
export const stopListening = (tcb: Tcb): void => {
  const queue = listenQueue(tcb)
  tcb.tcp.listeners.remove(tcb)
  transition(tcb, TcpState.CLOSED, Reason.TcpUserCall)
  while (queue.firstHalfOpen !== null) queue.firstHalfOpen.drop()
  tcb.tcp.clock.disarm(queue)
  tcb.listening = null
  for (let child = queue.shift(); child !== null; child = queue.shift()) {
    if (inStates(child.state, RESETS_ON_ABORT)) sendReset(child, Reason.TcpResetListenerClosed)
    finish(child, Reason.TcpResetListenerClosed)
    destroy(child)
  }
  if ((tcb.bits & Bit.BOUND_PORT) === 0) tcb.tcp.ports.release(tcb)
}
