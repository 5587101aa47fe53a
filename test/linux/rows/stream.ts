import { PAIR, type Row } from './row.ts'

export const streamRows: readonly Row[] = [
  {
    id: 'LX-stream-01',
    title: 'no descriptor, no socket',
    script: `
      shutdown bad wr -> EBADF
      shutdown null wr -> ENOTSOCK`,
  },
  {
    id: 'LX-stream-02',
    title: 'a half-closed connection',
    script: `${PAIR}
      shutdown c wr -> 0
      send c x -> EPIPE
      recv s 10 -> ''
      poll s -> IN OUT RDHUP
      poll c -> OUT
      wait 0.1
      states -> CLOSE-WAIT FIN-WAIT-2 LISTEN
      send s back -> 4
      recv c 10 -> 'back'`,
  },
  {
    id: 'LX-stream-03',
    title: 'shutdown again',
    script: `${PAIR}
      shutdown c wr -> 0
      shutdown c wr -> 0
      shutdown s wr -> 0
      shutdown s wr -> ENOTCONN
      shutdown c wr -> ENOTCONN`,
  },
  {
    id: 'LX-stream-04',
    title: 'shutdown for reading, and a peer that goes on sending',
    script: `${PAIR}
      shutdown s rd -> 0
      recv s 10 -> ''
      send c four -> 4
      recv s 10 -> 'four'
      recv s 10 -> ''
      poll s -> IN OUT RDHUP
      send c more -> 4
      poll c -> OUT`,
  },
  {
    id: 'LX-stream-05',
    title: 'five bytes, then a reset',
    script: `${PAIR}
      send c 12345 -> 5
      reset c
      poll s -> IN OUT ERR HUP RDHUP
      recv s 10 -> '12345'
      recv s 10 -> ECONNRESET
      recv s 10 -> ''
      send s x -> EPIPE
      peer s -> ENOTCONN`,
  },
  {
    id: 'LX-stream-06',
    title: 'a reset, and a send first',
    script: `${PAIR}
      reset c
      send s x -> ECONNRESET
      send s x -> EPIPE
      recv s 10 -> ''`,
  },
  {
    id: 'LX-stream-06b',
    title: 'a reset, and SO_ERROR first',
    script: `${PAIR}
      reset c
      get s error -> 104
      send s x -> EPIPE
      recv s 10 -> ''`,
  },
  {
    id: 'LX-stream-07',
    title: 'writing to a peer that closed, its end read',
    script: `${PAIR}
      close c
      recv s 10 -> ''
      send s hello -> 5
      poll s -> IN OUT ERR HUP RDHUP
      recv s 10 -> ''
      send s x -> EPIPE
      get s error -> 0`,
  },
  {
    id: 'LX-stream-08',
    title: 'a close with unread data resets, and leaves no TIME-WAIT',
    script: `${PAIR}
      send c unread -> 6
      close s
      recv c 10 -> ECONNRESET
      recv c 10 -> ''
      states -> LISTEN`,
  },
  {
    id: 'LX-stream-09',
    title: 'urgent data',
    script: `${PAIR}
      send c ab oob -> 2
      poll s -> IN PRI OUT
      recv s 10 oob -> 'b'
      recv s 10 oob -> EINVAL
      recv s 10 -> 'a'`,
  },
  {
    id: 'LX-stream-09b',
    title: 'peeking takes nothing',
    script: `${PAIR}
      send c ab -> 2
      recv s 10 peek -> 'ab'
      recv s 10 -> 'ab'
      recv s 10 -> EAGAIN`,
  },
  {
    id: 'LX-stream-10',
    title: 'a full send buffer',
    script: `${PAIR}
      fill c -> EAGAIN
      poll c -> none
      send c '' -> 0
      recv c 10 -> EAGAIN`,
  },
]
