/** `/dev/tcp/host/port` and `/dev/udp/host/port`: names that bash opens as sockets. No file is behind them. */
import { ResolverError } from '../../host/index.ts'
import { SOCK_DGRAM, SOCK_STREAM } from '../../socket/constants.ts'
import { EINVAL, strerror } from '../../wire/errno.ts'
import type { Shell } from './shell.ts'

/** A connected socket, a negative errno (the user has heard more), or null when the path is of another kind. */
export const openNetwork = async (shell: Shell, path: string): Promise<number | null> => {
  const match = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)$/.exec(path)
  if (match === null) return null
  const [, protocol, host = '', service = ''] = match
  const type = protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM
  const { promises } = shell.process
  try {
    let error = -EINVAL
    for (const info of await promises.getaddrinfo(host, service, { socktype: type })) {
      const fd = shell.process.socket(info.family, type, 0)
      if (fd < 0) return fd
      error = await promises.connectResult(fd, { family: info.family, address: info.address, port: info.port })
      if (error >= 0) return fd
      shell.process.close(fd)
    }
    await shell.complain(`connect: ${strerror(error)}`)
    return error
  } catch (failure) {
    if (!(failure instanceof ResolverError)) throw failure
    await shell.complain(`${failure.code === 'EAI_SERVICE' ? service : host}: ${failure.message}`)
    return -EINVAL
  }
}
