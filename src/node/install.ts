/** Puts virtual hosts under Node's network modules, once for the whole process. Outside of programs nothing changes. */
import { keepOriginals } from './handles/native.ts'
import { installSocketWrite } from './handles/socket-write.ts'
import { installTcp } from './handles/tcp.ts'

let isInstalled = false

/**
 * Make Node's `net` and what stands on it ask, for each handle, which program it belongs to.
 *
 * @throws UnsupportedNodeError
 */
export const install = (): void => {
  if (isInstalled) return
  keepOriginals()
  installTcp()
  installSocketWrite()
  isInstalled = true
}
