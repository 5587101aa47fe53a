/**
 * The program shall see the true address of whoever comes from outside. So the host itself holds that address, on `lo`, while
 * somebody uses it: a connection from there to the program is local, and so are its answers.
 */
import type { Host } from '../../host/index.ts'
import { type Address, ANY4 } from '../../wire/address.ts'
import { parseAddress } from '../../wire/parse.ts'

/** How often each address is held, by host. */
const held = new WeakMap<Host, Map<string, number>>()

/** Somebody of the virtual network has it, or could: then it cannot stand for a stranger. */
const isTaken = (host: Host, address: Address): boolean => {
  const { ip } = host.stack
  if (ip.isLocal(address)) return true
  return ip.interfaces.some((iface) =>
    ip.addresses(iface).some((entry) => entry.address.family === address.family && covers(entry, address)),
  )
}

const covers = (entry: { readonly address: Address; readonly prefixLength: number }, address: Address): boolean => {
  for (let bit = 0; bit < entry.prefixLength; bit += 32) {
    const word = entry.address.family === 4 ? 3 : bit / 32
    const bits = Math.min(32, entry.prefixLength - bit)
    const mask = bits === 32 ? -1 : ~(-1 >>> bits)
    if (((wordOf(entry.address, word) ^ wordOf(address, word)) & mask) !== 0) return false
  }
  return true
}

const wordOf = (address: Address, index: number): number =>
  [address.w0, address.w1, address.w2, address.w3][index] as number

/** Whether a connection from `text` can be made on the host: loopback as it is, another one once it is held. */
export const holdPeer = (host: Host, text: string): { readonly address: string | null; release(): void } => {
  const address = parseAddress(text)?.unmapped() ?? ANY4
  const name = address.toString()
  const nothing = { address: null, release: () => undefined }
  if (address.isLoopback) return { address: name, release: () => undefined }
  if (address.isUnspecified) return nothing
  let counts = held.get(host)
  if (counts === undefined) held.set(host, (counts = new Map()))
  const count = counts.get(name) ?? 0
  if (count === 0) {
    if (isTaken(host, address)) return nothing
    const result = host.ip.addAddress(host.lo, address, address.family === 4 ? 32 : 128)
    if (typeof result === 'number' && result < 0) return nothing
  }
  counts.set(name, count + 1)
  const counted = counts
  let isHeld = true
  return {
    address: name,
    release: () => {
      if (!isHeld) return
      isHeld = false
      const left = (counted.get(name) ?? 1) - 1
      if (left > 0) {
        counted.set(name, left)
        return
      }
      counted.delete(name)
      host.ip.removeAddress(host.lo, address)
    },
  }
}
