import { Firewall } from '../filter/index.ts'
import type { ProcessHost } from './process/process-host.ts'

/** The packet filter of a host, made for whoever first asks. Nothing else imports it: most hosts have none, and load none. */
export const firewallOf = ({ ctx, stack }: Pick<ProcessHost, 'ctx' | 'stack'>): Firewall => {
  stack.firewall ??= new Firewall(ctx, stack.ip)
  return stack.firewall
}
