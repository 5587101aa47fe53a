import type { ArithmeticVariables } from './arithmetic.ts'
import type { ExpansionEnvironment } from './environment.ts'
import { ExpansionError } from './expansion-error.ts'

/** What arithmetic sees as variables. Under `set -u` an unset one is an error there too. */
export function variablesOf(environment: ExpansionEnvironment): ArithmeticVariables {
  return {
    get(name) {
      const value = environment.get(name)
      if (value === undefined && environment.flags.includes('u'))
        throw new ExpansionError(`${name}: unbound variable`, true)
      return value
    },
    set: (name, value) => environment.set(name, value),
  }
}

/** The value of any parameter (`@` and `*` joined by spaces); undefined when unset. */
export function parameterValue(name: string, environment: ExpansionEnvironment): string | undefined {
  switch (name) {
    case '?':
      return String(environment.lastStatus)
    case '$':
      return String(environment.pid)
    case '#':
      return String(environment.positional.length)
    case '!':
      return environment.lastBackgroundPid === undefined ? undefined : String(environment.lastBackgroundPid)
    case '-':
      return environment.flags
    case '@':
    case '*':
      return environment.positional.length === 0 ? undefined : environment.positional.join(' ')
    default:
      if (!/^[0-9]+$/.test(name)) return environment.get(name)
      return Number(name) === 0 ? environment.name : environment.positional[Number(name) - 1]
  }
}
