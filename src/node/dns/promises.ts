/**
 * `dns.promises.lookup` keeps the native getaddrinfo that it found when it was loaded. Whoever used it before soquete came has
 * bound it for good, so the functions themselves are replaced, by ones on top of `dns.lookup`, which asks each time.
 */
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { currentProgram } from '../current.ts'

type Lookup = (hostname: string, options?: unknown) => Promise<unknown>
type LookupService = (address: string, port: number) => Promise<unknown>

/** The options of the callback form, and whether all addresses are wanted. */
const wantsAll = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && (options as { all?: boolean }).all === true

type CallbackLookup = (hostname: string, options: unknown, callback: (...args: unknown[]) => void) => void

const lookupByCallback = (hostname: string, options: unknown): Promise<unknown> => {
  const { promise, resolve, reject } = withResolvers()
  // Wrong options throw here, at once, as in the original.
  ;(dns.lookup as unknown as CallbackLookup)(hostname, options ?? {}, (error, address, family) => {
    if (error !== null) reject(error)
    else resolve(wantsAll(options) ? address : { address, family })
  })
  return promise
}

/** Promise.withResolvers, which Node 20 lacks. */
const withResolvers = () => {
  let resolve!: (value: unknown) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

export const installPromises = (): void => {
  const promises = dns.promises as unknown as { lookup: Lookup; lookupService: LookupService }
  const { lookup, lookupService } = promises
  const replaced: typeof promises = {
    // The original checks the arguments and makes the promise; names alone reach the resolver.
    lookup(hostname, options) {
      const isPlain = options === undefined || typeof options === 'number' || typeof options === 'object'
      if (currentProgram() === undefined || typeof hostname !== 'string' || hostname === '' || !isPlain)
        return lookup.call(promises, hostname, options)
      return lookupByCallback(hostname, options)
    },
    lookupService(...args) {
      if (currentProgram() === undefined || args.length !== 2) return lookupService.apply(promises, args)
      return new Promise((resolve, reject) => {
        dns.lookupService(...args, (error, hostname, service) => {
          if (error !== null) reject(error)
          else resolve({ hostname, service })
        })
      })
    },
  }
  for (const name of ['lookup', 'lookupService'] as const)
    Object.defineProperty(promises, name, {
      value: replaced[name],
      writable: true,
      configurable: true,
      enumerable: true,
    })
  syncBuiltinESMExports()
}
