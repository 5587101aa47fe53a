/** The tools that answer at once, with their code: for an entry that has nothing to fetch. */
import type { Reporter } from '../host/index.ts'
import { report as lsof } from './lsof/index.ts'
import { report as ss } from './ss/index.ts'

export const reports: Readonly<Record<string, Reporter>> = { lsof, ss }
