import type { Row } from './row.ts'

export const datagramRows: readonly Row[] = [
  {
    id: 'LX-udp-01',
    title: 'a closed port tells a connected socket, once',
    script: `
      c = udp
      connect c 127.0.0.1:9 -> 0
      send c abc -> 3
      poll c -> OUT ERR
      recv c 10 -> ECONNREFUSED
      recv c 10 -> EAGAIN
      send c abc -> 3
      send c abc -> ECONNREFUSED
      get c error -> 0
      u = udp
      sendto u abc 127.0.0.1:9 -> 3
      poll u -> OUT
      recv u 10 -> EAGAIN`,
  },
  {
    id: 'LX-udp-02',
    title: 'no destination, too long, port 0, broadcast, cut messages',
    script: `
      s = udp
      bind s 127.0.0.1:5353 -> 0
      c = udp
      send c x -> EDESTADDRREQ
      sendto c #65508 127.0.0.1:5353 -> EMSGSIZE
      sendto c #65507 127.0.0.1:5353 -> 65507
      recv s 1 trunc -> 65507
      sendto c x 127.0.0.1:0 -> EINVAL
      sendto c x 127.255.255.255:5353 -> EACCES
      sendto c 12345678 127.0.0.1:5353 -> 8
      recv s 3 -> '123'
      recv s 3 -> EAGAIN
      sendto c 12345678 127.0.0.1:5353 -> 8
      recv s 3 trunc -> 8`,
  },
]
