import { PAIR, type Row } from './row.ts'

export const listenRows: readonly Row[] = [
  {
    id: 'LX-listen-01',
    title: 'on a connected socket, on an unbound one, again',
    script: `${PAIR}
      listen c 1 -> EINVAL
      a = tcp
      listen a 1 -> 0
      name a -> 0.0.0.0:E1
      listen a 5 -> 0`,
  },
  {
    id: 'LX-listen-02',
    title: 'accept where there is nothing to accept',
    script: `
      a = tcp
      accept a x -> EINVAL
      bind a 127.0.0.1:5000 -> 0
      accept a x -> EINVAL
      u = udp
      accept u x -> EOPNOTSUPP
      listen u 1 -> EOPNOTSUPP
      listen a 1 -> 0
      accept a x -> EAGAIN`,
  },
  {
    id: 'LX-listen-03',
    title: 'shutdown of a listener: for writing nothing happens, for reading it ends',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      shutdown l wr -> 0
      states -> LISTEN
      shutdown l rd -> 0
      states -> none
      accept l x -> EINVAL
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      get c error -> 111`,
  },
  {
    id: 'LX-listen-04',
    title: 'listen(1) takes two; the others stay in SYN-SENT, try again after a second, and come in',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 1 -> 0
      a = tcp
      connect a 127.0.0.1:5000 -> EINPROGRESS
      b = tcp
      connect b 127.0.0.1:5000 -> EINPROGRESS
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      d = tcp
      connect d 127.0.0.1:5000 -> EINPROGRESS
      e = tcp
      connect e 127.0.0.1:5000 -> EINPROGRESS
      poll a -> OUT
      poll b -> OUT
      poll c -> none
      poll d -> none
      poll e -> none
      accept l v -> ok
      accept l w -> ok
      accept l x -> EAGAIN
      wait 1.3
      poll c -> OUT
      poll d -> OUT
      accept l x -> ok
      accept l y -> ok`,
  },
  {
    id: 'LX-listen-05',
    title: 'listen(0) takes one',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 0 -> 0
      a = tcp
      connect a 127.0.0.1:5000 -> EINPROGRESS
      b = tcp
      connect b 127.0.0.1:5000 -> EINPROGRESS
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      poll a -> OUT
      poll b -> none
      poll c -> none
      states -> ESTAB ESTAB LISTEN SYN-SENT SYN-SENT
      accept l x -> ok
      accept l y -> EAGAIN`,
  },
  {
    id: 'LX-listen-06',
    title: 'closing a listener resets who waits in its queue',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      close l
      recv c 10 -> ECONNRESET`,
  },
  {
    id: 'LX-listen-07',
    title: 'a client that reset before accept is accepted',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      reset c
      poll l -> IN
      accept l s -> ok
      recv s 10 -> ECONNRESET
      peer s -> ENOTCONN`,
  },
  {
    id: 'LX-listen-08',
    title: 'a client that wrote and closed before accept is read to its end',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      send c four -> 4
      close c
      accept l s -> ok
      recv s 10 -> 'four'
      recv s 10 -> ''`,
  },
]
