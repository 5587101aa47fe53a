/**
 * Agents of http and https keep sockets for the next request, under a name. Sockets belong to the program that opened them, so
 * for every program but an agent's first user the name says whose they are.
 */
import http from 'node:http'
import { currentProgram, type Program } from './current.ts'

/** A program, or the outside. */
type User = Program | 'outside'

const numbers = new WeakMap<object, number>()
let last = 0

const numberOf = (user: User): number => {
  if (user === 'outside') return 0
  let number = numbers.get(user)
  if (number === undefined) numbers.set(user, (number = ++last))
  return number
}

/** `:` separates what an agent's name is made of; no host name has it. */
const SEPARATOR = ':soquete-'

export const installAgents = (): void => {
  const firstUsers = new WeakMap<http.Agent, User>()
  const prototype = http.Agent.prototype as unknown as { getName(this: http.Agent, options?: object): string }
  const { getName } = prototype
  prototype.getName = function nameWithProgram(this: http.Agent, options?: object) {
    const name = getName.call(this, options)
    const user = currentProgram() ?? 'outside'
    const first = firstUsers.get(this)
    if (first === undefined) firstUsers.set(this, user)
    return first === undefined || first === user ? name : `${name}${SEPARATOR}${numberOf(user)}`
  }
  Object.defineProperty(prototype.getName, 'name', { value: 'getName' })
}
