/** From Linux's numbers, which virtual hosts use, to the numbers that Node has on this machine. */
import { getSystemErrorMap } from 'node:util'
import { errnoName } from '../wire/errno.ts'

export const UV_EOF = -4095

const byName = new Map<string, number>([...getSystemErrorMap()].map(([errno, [name]]) => [name, errno]))
/** libuv has other names for two, and no number at all for some that programs never see. */
const ALIASES: Readonly<Record<string, string>> = { EOPNOTSUPP: 'ENOTSUP', EPFNOSUPPORT: 'EAFNOSUPPORT' }

/** libuv's negative number by name. */
export const uvNumber = (name: string): number => byName.get(ALIASES[name] ?? name) ?? (byName.get('UNKNOWN') as number)

const table = new Map<number, number>()

/** libuv's number (negative) for a negative Linux errno; zero and counts are left as they are. */
export const uv = (result: number): number => {
  if (result >= 0) return result
  let number = table.get(result)
  if (number === undefined) {
    number = uvNumber(errnoName(result))
    table.set(result, number)
  }
  return number
}
