import type { HostContext } from '../time/context.ts'
import { EINVAL } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

const isNumber = (text: string): boolean => /^[0-9]+$/.test(text)

/** A host's settings about ports; TCP and UDP share them. Linux's names and defaults. */
export class PortSettings {
  /** net.ipv4.ip_local_port_range, both ends included. */
  rangeLow = 32_768
  rangeHigh = 60_999
  /** net.ipv4.ip_unprivileged_port_start: below it a port needs CAP_NET_BIND_SERVICE. */
  unprivilegedStart = 1024
  /** net.ipv4.ip_autobind_reuse. */
  autobindReuse = false
  #reserved: Uint8Array | null = null

  /** net.ipv4.ip_local_reserved_ports: never chosen automatically, but free to be asked for. */
  isReserved(port: number): boolean {
    return this.#reserved !== null && this.#reserved[port] === 1
  }

  needsPrivilege(port: number): boolean {
    return port !== 0 && port < this.unprivilegedStart
  }

  readonly sysctls: readonly SysctlEntry[] = [
    {
      name: 'net.ipv4.ip_local_port_range',
      get: () => `${this.rangeLow}\t${this.rangeHigh}`,
      set: (text) => this.#setRange(text),
    },
    {
      name: 'net.ipv4.ip_local_reserved_ports',
      get: () => this.#reservedText(),
      set: (text) => this.#setReserved(text),
    },
    {
      name: 'net.ipv4.ip_unprivileged_port_start',
      get: () => String(this.unprivilegedStart),
      set: (text) => this.#setStart(text),
    },
    {
      name: 'net.ipv4.ip_autobind_reuse',
      get: () => (this.autobindReuse ? '1' : '0'),
      set: (text) => {
        const value = text.trim()
        if (value !== '0' && value !== '1') return -EINVAL
        this.autobindReuse = value === '1'
        return 0
      },
    },
  ]

  /** Linux: both within 1 .. 65535, low not above high, and the range does not reach below the unprivileged ports. */
  #setRange(text: string): number {
    const parts = text.trim().split(/\s+/)
    if (parts.length !== 2 || !parts.every(isNumber)) return -EINVAL
    const low = Number(parts[0])
    const high = Number(parts[1])
    if (low < 1 || high > 65_535 || low > high || low < this.unprivilegedStart) return -EINVAL
    this.rangeLow = low
    this.rangeHigh = high
    return 0
  }

  #setStart(text: string): number {
    const value = text.trim()
    if (!isNumber(value) || Number(value) > 65_535 || Number(value) > this.rangeLow) return -EINVAL
    this.unprivilegedStart = Number(value)
    return 0
  }

  /** `8080,9148-9150`; empty for none. */
  #setReserved(text: string): number {
    const ports = new Uint8Array(65_536)
    for (const part of text.trim().split(',')) {
      if (part === '' && text.trim() === '') break
      const range = /^([0-9]+)(?:-([0-9]+))?$/.exec(part.trim())
      if (range === null) return -EINVAL
      const low = Number(range[1])
      const high = Number(range[2] ?? range[1])
      if (high > 65_535 || low > high) return -EINVAL
      ports.fill(1, low, high + 1)
    }
    this.#reserved = ports.includes(1) ? ports : null
    return 0
  }

  #reservedText(): string {
    const ports = this.#reserved
    if (ports === null) return ''
    const parts: string[] = []
    for (let port = 0; port < ports.length; port++) {
      if (ports[port] !== 1) continue
      const low = port
      while (ports[port + 1] === 1) port++
      parts.push(low === port ? String(low) : `${low}-${port}`)
    }
    return parts.join(',')
  }
}

const settings = new WeakMap<HostContext, PortSettings>()

/** The one `PortSettings` of a host, made at the first call. */
export const portSettings = (context: HostContext): PortSettings => {
  let of = settings.get(context)
  if (of === undefined) {
    of = new PortSettings()
    settings.set(context, of)
  }
  return of
}
