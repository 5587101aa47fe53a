import { Firewall } from '../filter/index.ts'
import type { ProcessHost } from './process/process-host.ts'

/** The packet filter of a host, made for whoever first asks. Nothing else imports it: most hosts have none, and load none. */
export const firewallOf = ({ ctx, stack, sysctl }: Pick<ProcessHost, 'ctx' | 'stack' | 'sysctl'>): Firewall => {
  if (stack.firewall === undefined) {
    stack.firewall = new Firewall(ctx, stack.ip)
    // As when Linux loads the module: net.netfilter.nf_conntrack_*.
    sysctl.add(stack.firewall.conntrack.sysctls)
  }
  return stack.firewall
}
