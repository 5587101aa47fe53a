/** DNS messages and how they are asked for: fetched with the first question, since most networks have no name server. */
import { Code } from '../code.ts'

export const DNS: Code<typeof import('./dns.ts')> = new Code('the DNS resolver', () => import('./dns.ts'))
