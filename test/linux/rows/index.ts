/**
 * What Linux 6.18 gives back, case by case, as scripts (see `../script.ts`). Each was run on that kernel in a network namespace of
 * its own (`npm run system` runs them there again).
 */

import { bindRows } from './bind.ts'
import { connectRows } from './connect.ts'
import { datagramRows } from './datagram.ts'
import { listenRows } from './listen.ts'
import { optionRows } from './option.ts'
import type { Row } from './row.ts'
import { streamRows } from './stream.ts'
import { unixRows } from './unix.ts'

export const ROWS: readonly Row[] = [
  ...bindRows,
  ...connectRows,
  ...listenRows,
  ...streamRows,
  ...datagramRows,
  ...unixRows,
  ...optionRows,
]
