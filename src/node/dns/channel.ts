/** `dns.resolve*`, `dns.reverse` and `dns.Resolver` (c-ares) by a virtual host's name servers. */

import { parseHosts, parseResolvConf, type ResolvConf } from '../../host/etc/index.ts'
import type { Process, QueryType } from '../../host/index.ts'
import { reverseName } from '../../host/resolver/getnameinfo.ts'
import { parseAddress } from '../../wire/parse.ts'
import { currentProgram, type Program } from '../current.ts'
import { internals, type Methods, type NativeHandle } from '../internals.ts'
import { mayUseNetwork } from '../real-time.ts'
import { isName } from './name.ts'
import { type Answers, recordsOf } from './records.ts'
import { askLater } from './request.ts'

interface QueryRequest {
  oncomplete(error: string | null, result?: unknown, ttls?: readonly number[]): void
}

/** [family, address, port], as lib/internal/dns/utils.js gives them. */
type ServerEntry = readonly [number, string, number]

const PORT = 53
/** cares_wrap's DNS_ESETSRVPENDING. */
const SERVERS_IN_USE = -1000

const QUERIES: Readonly<Record<string, QueryType>> = {
  queryA: 'A',
  queryAny: 'ANY',
  queryAaaa: 'AAAA',
  queryCaa: 'CAA',
  queryCname: 'CNAME',
  queryMx: 'MX',
  queryNaptr: 'NAPTR',
  queryNs: 'NS',
  queryPtr: 'PTR',
  querySoa: 'SOA',
  querySrv: 'SRV',
  queryTxt: 'TXT',
}

/** What one channel has for one process: its servers, and the questions that `cancel` would end. */
interface ChannelState {
  servers: readonly ServerEntry[] | null
  readonly pending: Set<QueryRequest>
}

/** The default resolver is shared by all programs: each process has its own state of it. */
const states = new WeakMap<NativeHandle, WeakMap<Process, ChannelState>>()

const stateOf = (handle: NativeHandle, process: Process): ChannelState => {
  let byProcess = states.get(handle)
  if (byProcess === undefined) states.set(handle, (byProcess = new WeakMap()))
  let state = byProcess.get(process)
  if (state === undefined) byProcess.set(process, (state = { servers: null, pending: new Set() }))
  return state
}

const confOf = (process: Process, state: ChannelState): ResolvConf => {
  const conf = parseResolvConf(process.host.names.file('/etc/resolv.conf') ?? '')
  if (state.servers === null) return conf
  const nameservers = state.servers.map(([family, address, port]) =>
    port === PORT ? address : family === 6 ? `[${address}]:${port}` : `${address}:${port}`,
  )
  return { ...conf, nameservers }
}

/** c-ares' names of what went wrong. */
const ask = async (process: Process, conf: ResolvConf, name: string, type: QueryType): Promise<string | Answers> => {
  // c-ares would ask 127.0.0.1, where nobody answers.
  if (conf.nameservers.length === 0) return 'ECONNREFUSED'
  const { query } = await import('../../host/resolver/dns.ts')
  const { status, answers } = await query(process, process.host.names, conf, name.replace(/\.$/, ''), type)
  if (status === 'nxdomain') return 'ENOTFOUND'
  if (status === 'timeout') return 'ETIMEOUT'
  if (status === 'failure') return 'ESERVFAIL'
  const found = recordsOf(type, answers)
  return found.result.length === 0 ? 'ENODATA' : found
}

const start = (
  program: Program,
  handle: NativeHandle,
  request: QueryRequest,
  work: (state: ChannelState) => Promise<string | Answers>,
): number => {
  mayUseNetwork(program)
  const state = stateOf(handle, program.process)
  state.pending.add(request)
  askLater(
    program,
    'QUERYWRAP',
    () => work(state),
    (found) => {
      if (!state.pending.delete(request)) return
      if (typeof found === 'string') request.oncomplete(found)
      else request.oncomplete(null, found.result, found.ttls)
    },
  )
  return 0
}

/** ares_gethostbyaddr: /etc/hosts, then PTR. */
const reverse = async (process: Process, state: ChannelState, text: string): Promise<string | Answers> => {
  const address = parseAddress(text)
  if (address === null) return 'ENOTIMP'
  const listed = parseHosts(process.host.names.file('/etc/hosts') ?? '').reverse(address.unmapped().toString())
  if (listed !== undefined) return { result: [listed], ttls: [] }
  return ask(process, confOf(process, state), reverseName(address.unmapped()), 'PTR')
}

type Method = (this: NativeHandle, ...args: never[]) => unknown

const replace = (
  prototype: Methods,
  name: string,
  virtual: (program: Program, handle: NativeHandle, args: never[]) => unknown,
): void => {
  const original = prototype[name] as Method | undefined
  if (original === undefined) return
  Object.defineProperty(prototype, name, {
    writable: true,
    configurable: true,
    value: function method(this: NativeHandle, ...args: never[]) {
      const program = currentProgram()
      return program === undefined ? original.apply(this, args) : virtual(program, this, args)
    },
  })
}

export const installChannel = (): void => {
  const { prototype } = internals().cares.ChannelWrap
  for (const [method, type] of Object.entries(QUERIES))
    replace(prototype, method, (program, handle, args) => {
      const [request, name] = args as unknown as [QueryRequest, string]
      return start(program, handle, request, async (state) =>
        isName(name) ? ask(program.process, confOf(program.process, state), name, type) : 'EBADNAME',
      )
    })
  // TLSA has no codec here: as a c-ares that does not know the type.
  replace(prototype, 'queryTlsa', (program, handle, args) =>
    start(program, handle, args[0] as unknown as QueryRequest, () => Promise.resolve('ENOTIMP')),
  )
  replace(prototype, 'getHostByAddr', (program, handle, args) => {
    const [request, address] = args as unknown as [QueryRequest, string]
    return start(program, handle, request, (state) => reverse(program.process, state, address))
  })
  replace(prototype, 'getServers', (program, handle) => {
    const state = stateOf(handle, program.process)
    if (state.servers !== null) return state.servers.map(([, address, port]) => [address, port])
    const { nameservers } = confOf(program.process, state)
    // c-ares' last resort.
    return (nameservers.length > 0 ? nameservers : ['127.0.0.1']).map((address) => [address, PORT])
  })
  replace(prototype, 'setServers', (program, handle, args) => {
    const state = stateOf(handle, program.process)
    if (state.pending.size > 0) return SERVERS_IN_USE
    state.servers = args[0] as unknown as readonly ServerEntry[]
    return 0
  })
  replace(prototype, 'cancel', (program, handle) => {
    const { pending } = stateOf(handle, program.process)
    const canceled = [...pending]
    pending.clear()
    for (const request of canceled) request.oncomplete('ECANCELLED')
  })
}
