/** `http` and `https` with an agent of the process's own, so that no connection is kept for another process. */
import http from 'node:http'
import https from 'node:https'
import { type Exports, facadeOf } from './facade.ts'
import type { Gate } from './gate.ts'

type Request = (...args: unknown[]) => { end(): unknown }

/** The arguments with the process's agent where none is given. */
const withAgent = (args: readonly unknown[], agent: unknown): unknown[] => {
  const [first, second] = args
  const hasUrl = typeof first === 'string' || first instanceof URL
  const given = hasUrl ? second : first
  const options = given !== null && typeof given === 'object' ? (given as Exports) : {}
  if (options['agent'] !== undefined && options['agent'] !== null) return [...args]
  // Inherited options count, as Node copies them.
  const own = Object.assign(Object.create(Object.getPrototypeOf(options) as object | null) as Exports, options, {
    agent,
  })
  const rest = args.slice(hasUrl ? (given === options ? 2 : 1) : 1)
  return hasUrl ? [first, own, ...rest] : [own, ...rest]
}

export const makeHttp = (id: 'http' | 'https', gate: Gate): Exports => {
  const original = id === 'http' ? http : https
  const { options } = original.globalAgent as unknown as { options: http.AgentOptions }
  const first = new original.Agent({ ...options, path: undefined } as http.AgentOptions)
  const made = {} as Exports
  gate.adopt({ close: () => (made['globalAgent'] as http.Agent).destroy() })
  const request = (...args: unknown[]): ReturnType<Request> => {
    gate.check()
    return (original.request as unknown as Request)(...withAgent(args, made['globalAgent']))
  }
  const get = (...args: unknown[]): ReturnType<Request> => {
    const started = request(...args)
    started.end()
    return started
  }
  const listeners = new Set(['createServer'])
  const facade = facadeOf(original as unknown as Exports, gate, { request, get, globalAgent: first }, { listeners })
  return Object.defineProperties(made, Object.getOwnPropertyDescriptors(facade)) as Exports
}
