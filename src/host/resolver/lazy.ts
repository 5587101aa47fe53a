import { Code } from '../code.ts'

/** Fetched with the first question: most networks get along with addresses. */
export const RESOLVER: Code<typeof import('./resolve.ts')> = new Code('the resolver', () => import('./resolve.ts'))
