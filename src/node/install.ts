/** Puts virtual hosts under Node's network modules, once for the whole process. Outside of programs nothing changes. */
import { installChildren, preload } from './children.ts'
import { installChannel } from './dns/channel.ts'
import { installLookup } from './dns/lookup.ts'
import { installPromises } from './dns/promises.ts'
import { installFetch } from './fetch.ts'
import { installFiles } from './files/install.ts'
import { keepOriginals } from './handles/native.ts'
import { installPipe } from './handles/pipe.ts'
import { installSocketWrite } from './handles/socket-write.ts'
import { installTcp } from './handles/tcp.ts'
import { installUdp } from './handles/udp.ts'
import { installAgents } from './http.ts'
import { installOs } from './os.ts'
import { installTls } from './tls.ts'
import { installWaysOut } from './ways-out.ts'

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
  installPipe()
  installUdp()
  installTls()
  installAgents()
  installFetch()
  installLookup()
  installPromises()
  installChannel()
  installSocketWrite()
  installFiles()
  installOs()
  installChildren()
  installWaysOut(preload)
  isInstalled = true
}
