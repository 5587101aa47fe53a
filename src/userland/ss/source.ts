import { parseHosts, parseProtocols, parseServices } from '../../host/etc/index.ts'
import { type Process, serviceNameOf } from '../../host/index.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { whereText } from '../where.ts'
import type { SsSource } from './types.ts'

export const sourceOf = (viewer: Process): SsSource => {
  const { host } = viewer
  const { names, sysctl } = host
  const rows = host.sockets()
  const listed = new Set(rows.map((row) => row.inode))
  const files = new Set<SocketFile>()
  for (const process of host.processes.list())
    process.descriptors.forEach((_fd, file) => {
      if (file instanceof SocketFile) files.add(file)
    })
  const isClosedTcp = ({ inode, family, type }: SocketFile): boolean =>
    !listed.has(inode) && type === 1 && (family === 2 || family === 10)
  const [low = 32_768, high = 60_999] = String(sysctl.get('net.ipv4.ip_local_port_range')).split(/\s+/).map(Number)
  const hosts = () => parseHosts(names.file('/etc/hosts') ?? '')
  return {
    rows,
    used: files.size,
    closedTcp: [...files].filter(isClosedTcp).length,
    viewer: viewer.uid,
    ephemeral: [low, high],
    serviceName: (port, protocol) => serviceNameOf(names, port, protocol),
    servicePort: (name, protocol) =>
      parseServices(names.file('/etc/services') ?? '').byName(name, protocol)?.port ?? null,
    protocolName: (number) => parseProtocols(names.file('/etc/protocols') ?? '').byNumber(number) ?? null,
    hostName: (address) => hosts().reverse(address) ?? null,
    addresses: (name) => hosts().lookup(name),
    isTraced: host.stack.sockets.trace !== null,
    where: (row) => whereText(host, row.subject),
    inodeOf: (path) => {
      const stat = viewer.stat(path)
      return typeof stat === 'number' ? null : { dev: stat.dev, inode: stat.ino }
    },
  }
}
