/** What is fetched when names are first asked for: the calls, and the DNS messages under them. */
export { getaddrinfo } from './getaddrinfo.ts'
export { getnameinfo } from './getnameinfo.ts'
