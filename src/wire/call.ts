/**
 * Bits that calls pass through every floor: readiness, and the flags of send and recv. Linux's values.
 */

/** Readiness bits of poll(2). */
export const Poll = {
  IN: 0x001,
  PRI: 0x002,
  OUT: 0x004,
  ERR: 0x008,
  HUP: 0x010,
  NVAL: 0x020,
  RDHUP: 0x2000,
} as const

/** MSG_* flags of send(2) and recv(2). */
export const Msg = {
  OOB: 0x1,
  PEEK: 0x2,
  DONTROUTE: 0x4,
  CTRUNC: 0x8,
  TRUNC: 0x20,
  DONTWAIT: 0x40,
  EOR: 0x80,
  WAITALL: 0x100,
  ERRQUEUE: 0x2000,
  NOSIGNAL: 0x4000,
  MORE: 0x8000,
  WAITFORONE: 0x10000,
  ZEROCOPY: 0x4000000,
  CMSG_CLOEXEC: 0x40000000,
} as const
