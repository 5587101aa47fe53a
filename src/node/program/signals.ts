/** Signals of a process: who listens for one handles it, else its default action ends the process, as on Linux. */
import type { EventEmitter } from 'node:events'
import { type Process, parseSignal, Signal } from '../../host/index.ts'
import { EINVAL } from '../../wire/errno.ts'
import type { Gate } from './gate.ts'
import { callError } from './system-errors.ts'

const numberOf = (event: string | symbol): number | undefined =>
  typeof event === 'string' && Object.hasOwn(Signal, event) ? Signal[event as keyof typeof Signal] : undefined

/** Listeners of `emitter` become handlers of the host's process, and their end the default action. */
export const listenToSignals = (emitter: EventEmitter, process: Process, gate: Gate): void => {
  emitter.on('newListener', (event) => {
    const signal = numberOf(event)
    if (signal === undefined || emitter.listenerCount(event) > 0) return
    const deliver = gate.callback((number: number) => {
      emitter.emit(event, event, number)
    })
    // Node has restarted none of its waits: its loop polls on.
    const result = process.onSignal(signal, deliver)
    if (result === -EINVAL) throw callError(result, 'uv_signal_start')
  })
  emitter.on('removeListener', (event) => {
    const signal = numberOf(event)
    if (signal !== undefined && emitter.listenerCount(event) === 0) process.sigaction(signal, 'default')
  })
}

const argumentError = (message: string, code: string): TypeError => Object.assign(new TypeError(message), { code })

/** `process.kill`: processes of the same host. */
export const kill = (process: Process, pid: unknown, signal: unknown = 'SIGTERM'): true => {
  if (typeof pid !== 'number' && typeof pid !== 'string')
    throw argumentError(`The "pid" argument must be of type number. Received ${String(pid)}`, 'ERR_INVALID_ARG_TYPE')
  const number = typeof signal === 'number' ? signal : typeof signal === 'string' ? parseSignal(signal) : null
  if (number === null || (typeof signal === 'string' && !signal.startsWith('SIG')))
    throw argumentError(`Unknown signal: ${String(signal)}`, 'ERR_UNKNOWN_SIGNAL')
  const result = process.kill(Number(pid), number)
  if (result < 0) throw callError(result, 'kill')
  return true
}
