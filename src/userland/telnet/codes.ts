/** Bytes of the Telnet protocol (RFC 854, RFC 1184 2.5) and the options that are known by name. */

export const IAC = 255
export const DONT = 254
export const DO = 253
export const WONT = 252
export const WILL = 251
export const SB = 250
export const GA = 249
export const EL = 248
export const EC = 247
export const AYT = 246
export const AO = 245
export const IP = 244
export const BRK = 243
export const DM = 242
export const NOP = 241
export const SE = 240
export const EOR = 239
export const ABORT = 238
export const SUSP = 237
export const EOF = 236

export const Option = {
  BINARY: 0,
  ECHO: 1,
  SGA: 3,
  STATUS: 5,
  TIMING_MARK: 6,
  TTYPE: 24,
  NAWS: 31,
} as const

/** Subnegotiation of the terminal type (RFC 1091) and the status (RFC 859). */
export const IS = 0
export const SEND = 1
