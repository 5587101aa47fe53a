/** As /proc/net/unix and ss show it. */
export const UnixState = { CONNECTED: 1, CLOSED: 7, LISTEN: 10 } as const
export type UnixState = (typeof UnixState)[keyof typeof UnixState]
