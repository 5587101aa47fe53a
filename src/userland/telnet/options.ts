/**
 * Option negotiation by the Q method (RFC 1143 7): per option and side one of six states, so that neither loops nor crossing
 * requests leave the two ends with different ideas.
 */
import { DO, DONT, WILL, WONT } from './codes.ts'

/** `wantno` and `wantyes`: asked, no answer yet; `…-opposite`: and the opposite is to be asked once the answer is there. */
export type QState = 'no' | 'yes' | 'wantno' | 'wantno-opposite' | 'wantyes' | 'wantyes-opposite'

/** What a side of one option is told or asked, and what comes of it. */
interface Transition {
  readonly next: QState
  /** Send a request or answer that enables (true) or disables (false); absent: nothing. */
  readonly send?: boolean
}

const stay = (next: QState): Transition => ({ next })

/** The other end says WILL (or DO). `agrees`: we would have it. */
export const onPositive = (state: QState, agrees: boolean): Transition => {
  switch (state) {
    case 'no':
      return agrees ? { next: 'yes', send: true } : { next: 'no', send: false }
    case 'yes':
      return stay('yes')
    // A refusal answered by an acceptance is the other end's error; the Q method settles it so.
    case 'wantno':
      return stay('no')
    case 'wantno-opposite':
    case 'wantyes':
      return stay('yes')
    default:
      return { next: 'wantno', send: false }
  }
}

/** The other end says WONT (or DONT). */
export const onNegative = (state: QState): Transition => {
  switch (state) {
    case 'yes':
      return { next: 'no', send: false }
    case 'wantno-opposite':
      return { next: 'wantyes', send: true }
    default:
      return stay('no')
  }
}

/** We wish it enabled. */
export const onEnable = (state: QState): Transition => {
  switch (state) {
    case 'no':
      return { next: 'wantyes', send: true }
    case 'wantno':
      return stay('wantno-opposite')
    case 'wantyes-opposite':
      return stay('wantyes')
    default:
      return stay(state)
  }
}

/** We wish it disabled. */
export const onDisable = (state: QState): Transition => {
  switch (state) {
    case 'yes':
      return { next: 'wantno', send: false }
    case 'wantno-opposite':
      return stay('wantno')
    case 'wantyes':
      return stay('wantyes-opposite')
    default:
      return stay(state)
  }
}

export type Side = 'us' | 'him'

export interface OptionsHandler {
  /** Send IAC `verb` `option`. */
  negotiate(verb: number, option: number): void
  /** Whether we accept that this side uses the option. */
  accepts(side: Side, option: number): boolean
  /** It came into force, or out of it. */
  changed(side: Side, option: number, on: boolean): void
}

/** All options of one connection. */
export class Options {
  readonly #handler: OptionsHandler
  readonly #states: Readonly<Record<Side, QState[]>> = { us: [], him: [] }

  constructor(handler: OptionsHandler) {
    this.#handler = handler
  }

  state(side: Side, option: number): QState {
    return this.#states[side][option] ?? 'no'
  }

  /** In force: agreed by both. */
  isOn(side: Side, option: number): boolean {
    return this.state(side, option) === 'yes'
  }

  /** WILL, WONT, DO or DONT has come. */
  received(verb: number, option: number): void {
    const side: Side = verb === WILL || verb === WONT ? 'him' : 'us'
    const state = this.state(side, option)
    const positive = verb === WILL || verb === DO
    const agrees = positive && this.#handler.accepts(side, option)
    this.#move(side, option, positive ? onPositive(state, agrees) : onNegative(state))
  }

  /** Ask for it to be used or not; nothing is sent where that is so already, or under way. */
  request(side: Side, option: number, on: boolean): void {
    const state = this.state(side, option)
    this.#move(side, option, on ? onEnable(state) : onDisable(state))
  }

  #move(side: Side, option: number, { next, send }: Transition): void {
    const before = this.isOn(side, option)
    this.#states[side][option] = next
    if (send !== undefined) {
      const verbs = side === 'him' ? [DONT, DO] : [WONT, WILL]
      this.#handler.negotiate(verbs[send ? 1 : 0] as number, option)
    }
    const now = next === 'yes'
    if (now !== before) this.#handler.changed(side, option, now)
  }
}
