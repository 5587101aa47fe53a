/** What `node:os` says of the machine's network: its name and its interfaces are the virtual host's. */
import os from 'node:os'
import { prefixMask } from '../wire/parse.ts'
import { currentProgram, type Program } from './current.ts'

const interfacesOf = ({ process }: Program): NodeJS.Dict<os.NetworkInterfaceInfo[]> => {
  const { ip } = process.host.stack
  const found: NodeJS.Dict<os.NetworkInterfaceInfo[]> = {}
  for (const iface of ip.interfaces) {
    if (!iface.up) continue
    const list = ip.addresses(iface).map(({ address, prefixLength }) => {
      const common = {
        address: address.toString(),
        netmask: prefixMask(address.family, prefixLength).toString(),
        mac: iface.mac.toString(),
        internal: iface.kind === 'loopback',
        cidr: `${address}/${prefixLength}`,
      }
      return address.family === 4
        ? { ...common, family: 'IPv4' as const }
        : { ...common, family: 'IPv6' as const, scopeid: address.isLinkLocal ? iface.index : 0 }
    })
    if (list.length > 0) found[iface.name] = list
  }
  return found
}

/** Once; outside of programs it answers as before. */
export const installOs = (): void => {
  const { hostname, networkInterfaces } = os
  os.hostname = () => currentProgram()?.process.host.hostname ?? hostname()
  os.networkInterfaces = () => {
    const program = currentProgram()
    return program === undefined ? networkInterfaces() : interfacesOf(program)
  }
}
