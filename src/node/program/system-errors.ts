/** Errors of system calls as Node's modules throw them, from Linux's negative numbers. */
import { getSystemErrorMap } from 'node:util'
import { uv } from '../errno.ts'
import { errnoException } from '../internals.ts'

/** `write EPIPE`: what handles and streams fail with. */
export const callError = (result: number, syscall: string): NodeJS.ErrnoException => errnoException(uv(result), syscall)

/** `ENOENT: no such file or directory, chdir '/here' -> 'there'`: what `fs` and `process` throw. */
export const fileError = (result: number, syscall: string, paths: { path?: string; dest?: string } = {}): Error => {
  const errno = uv(result)
  const [code, text] = getSystemErrorMap().get(errno) ?? ['UNKNOWN', 'unknown error']
  const { path, dest } = paths
  const about = path === undefined ? '' : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${about}`), { errno, code, syscall, ...paths })
}

/** A count as it is, or the error. */
export const callResult = (result: number, syscall: string): number => {
  if (result < 0) throw callError(result, syscall)
  return result
}

export const fileResult = (result: number, syscall: string): number => {
  if (result < 0) throw fileError(result, syscall)
  return result
}
