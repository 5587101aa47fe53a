/** Whether an http2 session has bound itself to a socket: under a symbol, or (Node 20 forgot to export it) under "undefined". */
export const isHttp2 = (socket: object): boolean =>
  Reflect.ownKeys(socket).some((key) => {
    const value = (socket as Record<string | symbol, unknown>)[key]
    return typeof value === 'object' && value !== null && value.constructor?.name.endsWith('Http2Session')
  })
