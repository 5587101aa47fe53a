/** All kernel settings of a host under Linux's names: what `sysctl -a` lists and /proc/sys holds. */
import { EACCES, EINVAL, ENOENT } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

export class Sysctl {
  /** A setting that several layers obey is kept by each: the first answers, all are set. */
  readonly #entries = new Map<string, SysctlEntry[]>()

  /** Join the settings of a layer. */
  add(entries: readonly SysctlEntry[]): void {
    for (const entry of entries) {
      const known = this.#entries.get(entry.name)
      if (known === undefined) this.#entries.set(entry.name, [entry])
      else known.push(entry)
    }
  }

  /** The value as `sysctl -n` prints it, or -ENOENT. */
  get(name: string): string | number {
    return this.#entries.get(canonical(name))?.[0]?.get() ?? -ENOENT
  }

  /** Zero, -ENOENT for an unknown name, -EINVAL for a value that Linux refuses, -EACCES for what can only be read. */
  set(name: string, value: string | number): number {
    const entries = this.#entries.get(canonical(name))
    if (entries === undefined) return -ENOENT
    for (const entry of entries) {
      const error = entry.set(String(value))
      if (error < 0) return error
    }
    return 0
  }

  has(name: string): boolean {
    return this.#entries.has(canonical(name))
  }

  /** Names in order of the alphabet, as `sysctl -a`. */
  list(): string[] {
    return [...this.#entries.keys()].sort()
  }
}

/** `net/ipv4/ip_forward` is the same as `net.ipv4.ip_forward` (sysctl(8)). */
const canonical = (name: string): string => (name.includes('/') ? name.replaceAll('/', '.') : name)

/** A setting that can only be read. */
export const constantEntry = (name: string, value: string): SysctlEntry => ({
  name,
  get: () => value,
  set: () => -EACCES,
})

/** A whole number of at least `least`. */
export const numberEntry = (name: string, get: () => number, set: (value: number) => void, least = 0): SysctlEntry => ({
  name,
  get: () => String(get()),
  set: (text) => {
    if (!/^\s*\d+\s*$/.test(text) || Number(text) < least) return -EINVAL
    set(Number(text))
    return 0
  },
})
