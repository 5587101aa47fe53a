/** All kernel settings of a host under Linux's names: what `sysctl -a` lists and /proc/sys holds. */
import { ENOENT } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

export class Sysctl {
  readonly #entries = new Map<string, SysctlEntry>()

  /** Join the settings of a layer. */
  add(entries: readonly SysctlEntry[]): void {
    for (const entry of entries) {
      if (this.#entries.has(entry.name)) throw new Error(`invariant: one layer has ${entry.name}`)
      this.#entries.set(entry.name, entry)
    }
  }

  /** The value as `sysctl -n` prints it, or -ENOENT. */
  get(name: string): string | number {
    return this.#entries.get(canonical(name))?.get() ?? -ENOENT
  }

  /** Zero, -ENOENT for an unknown name, -EINVAL for a value that Linux refuses. */
  set(name: string, value: string | number): number {
    return this.#entries.get(canonical(name))?.set(String(value)) ?? -ENOENT
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

/** A setting that a plain variable holds. */
export const textEntry = (name: string, get: () => string, set: (text: string) => number): SysctlEntry => ({ name, get, set })
