import type { Process } from '../../src/host/index.ts'
import { errnoName } from '../../src/wire/errno.ts'
import { Machine } from './machine.ts'

export const name = (result: unknown): unknown =>
  typeof result === 'number' && result < 0 ? errnoName(result) : result
export const names = (results: readonly unknown[]): unknown[] => results.map(name)
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const as = <T>(uid: number, body: (p: Process, m: Machine) => T | Promise<T>): Promise<T> => {
  const m = new Machine()
  return m.as(uid, (p) => body(p, m))
}

export const readAt = (p: Process, fd: number, size: number): string => {
  const buf = new Uint8Array(size)
  const n = p.read(fd, buf)
  return n < 0 ? errnoName(n) : new TextDecoder().decode(buf.subarray(0, n))
}
