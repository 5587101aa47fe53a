/** Switches that only the socket layer needs, as bits of `InetFile.switches`. */
export const Switch = {
  TIMESTAMP: 2,
  TIMESTAMP_NS: 4,
  PKTINFO: 8,
  RECVTTL: 16,
  RECVTOS: 32,
  RECVPKTINFO6: 64,
  RECVHOPLIMIT: 128,
  RECVTCLASS: 256,
  RXQ_OVFL: 512,
  FREEBIND: 1024,
  TRANSPARENT: 2048,
} as const
