/** AI_* and NI_* of netdb.h. */
export const AI_PASSIVE = 0x1
export const AI_CANONNAME = 0x2
export const AI_NUMERICHOST = 0x4
export const AI_V4MAPPED = 0x8
export const AI_ALL = 0x10
export const AI_ADDRCONFIG = 0x20
export const AI_NUMERICSERV = 0x400

export const NI_NUMERICHOST = 1
export const NI_NUMERICSERV = 2
export const NI_NAMEREQD = 8
export const NI_DGRAM = 16
