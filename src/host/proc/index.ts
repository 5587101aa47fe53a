/** /proc: what a host knows of itself, as text made when it is read (proc(5)). Only what programs here and tests ask for. */
import type { NetworkInterface } from '../../link/interface.ts'
import { AF_INET, AF_INET6 } from '../../socket/constants.ts'
import type { SocketRow } from '../../socket/row.ts'
import { Dev, type DirectoryInode, type FileTree } from '../files/index.ts'
import type { Process } from '../process/process.ts'
import type { ProcessTable } from '../process/process-table.ts'
import type { Sysctl } from '../sysctl.ts'
import { procDev, procTcp, procUdp, procUnix } from './net.ts'
import { generated, processDirectory } from './pid.ts'
import { sysDirectory } from './sys.ts'

export { linkOf } from './pid.ts'

export interface ProcSources {
  readonly processes: ProcessTable
  readonly sysctl: Sysctl
  now(): number
  sockets(): readonly SocketRow[]
  interfaces(): readonly NetworkInterface[]
}

const VERSION = 'Linux version 6.18.0 (soquete) #1 SMP PREEMPT_DYNAMIC\n'

export const makeProc = (tree: FileTree, sources: ProcSources): void => {
  const proc = tree.newDirectory(0o555, 0, 0, Dev.PROC)
  tree.attach(tree.root, 'proc', proc)
  const put = (dir: DirectoryInode, name: string, text: () => string): void =>
    tree.attach(dir, name, generated(tree, text))
  put(proc, 'uptime', () => {
    const seconds = (sources.now() / 1e9).toFixed(2)
    return `${seconds} ${seconds}\n`
  })
  put(proc, 'version', () => VERSION)
  tree.attach(
    proc,
    'self',
    tree.newSymlink((who) => String(who.pid), 0, 0, Dev.PROC),
  )
  const net = tree.newDirectory(0o555, 0, 0, Dev.PROC)
  tree.attach(proc, 'net', net)
  put(net, 'tcp', () => procTcp(sources.sockets(), AF_INET))
  put(net, 'tcp6', () => procTcp(sources.sockets(), AF_INET6))
  put(net, 'udp', () => procUdp(sources.sockets(), AF_INET))
  put(net, 'udp6', () => procUdp(sources.sockets(), AF_INET6))
  put(net, 'unix', () => procUnix(sources.sockets()))
  put(net, 'dev', () => procDev(sources.interfaces()))
  tree.attach(proc, 'sys', sysDirectory(tree, sources.sysctl, '', proc))
  const directories = new WeakMap<Process, DirectoryInode>()
  proc.dynamic = {
    names: () => sources.processes.list().map((process) => String(process.pid)),
    lookup: (name) => {
      const process = /^\d+$/.test(name) ? sources.processes.find(Number(name)) : null
      if (process === null) return null
      let dir = directories.get(process)
      if (dir === undefined) directories.set(process, (dir = processDirectory(tree, process, proc)))
      return dir
    },
  }
}
