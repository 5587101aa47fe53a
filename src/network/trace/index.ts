/**
 * `{ trace: true }`: which line of the program opened a socket, and which wrote to it last.
 *
 * The socket layer calls a `SocketTrace` where there is one; here it is made of the stack of JavaScript. Records are beside the
 * sockets, not in them: without trace nothing is there but a null.
 */
export { type CallContext, CallSites, packetComments, siteOf } from './call-sites.ts'
export type { Frame, SourceMapper } from './frame.ts'
