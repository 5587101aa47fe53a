import { PAIR, type Row } from './row.ts'

export const connectRows: readonly Row[] = [
  {
    id: 'LX-connect-01',
    title: 'a closed port: the error is told once, and the socket can try again',
    script: `
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      connect c 127.0.0.1:5000 -> ECONNREFUSED
      get c error -> 0
      connect c 127.0.0.1:5000 -> EINPROGRESS
      connect c 127.0.0.1:5000 -> ECONNREFUSED`,
  },
  {
    id: 'LX-connect-02',
    title: 'a closed port, non-blocking, the error read by SO_ERROR',
    script: `
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      poll c -> IN OUT ERR HUP RDHUP
      get c error -> 111
      get c error -> 0
      poll c -> IN OUT HUP RDHUP
      send c x -> EPIPE
      recv c 10 -> ''
      connect c 127.0.0.1:5000 -> ECONNABORTED`,
  },
  {
    id: 'LX-connect-03',
    title: 'a socket connected to itself echoes',
    script: `
      a = tcp
      bind a 127.0.0.1:5000 -> 0
      connect a 127.0.0.1:5000 -> EINPROGRESS
      states -> ESTAB
      name a -> 127.0.0.1:5000
      peer a -> 127.0.0.1:5000
      connect a 127.0.0.1:5000 -> 0
      send a echo -> 4
      recv a 10 -> 'echo'`,
  },
  {
    id: 'LX-connect-04',
    title: 'a listener does not connect, send or receive',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 1 -> 0
      connect l 127.0.0.1:5000 -> EISCONN
      send l x -> EPIPE
      recv l 10 -> ENOTCONN
      poll l -> none
      peer l -> ENOTCONN`,
  },
  {
    id: 'LX-connect-05',
    title: 'connect again: once 0, then EISCONN',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      connect c 127.0.0.1:5000 -> 0
      connect c 127.0.0.1:5000 -> EISCONN
      connect c 127.0.0.1:5001 -> EISCONN`,
  },
  {
    id: 'LX-connect-06',
    title: 'AF_UNSPEC dissolves a connection with a reset',
    script: `${PAIR}
      connect c unspec -> 0
      peer c -> ENOTCONN
      recv s 10 -> ECONNRESET
      connect c 127.0.0.1:5000 -> EINPROGRESS`,
  },
  {
    id: 'LX-connect-08',
    title: 'unconnected TCP; the shutdown that fails leaves its mark',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      a = tcp
      send a x -> EPIPE
      recv a 10 -> ENOTCONN
      poll a -> OUT HUP
      peer a -> ENOTCONN
      shutdown a rdwr -> ENOTCONN
      recv a 10 -> ''
      connect a 127.0.0.1:5000 -> EINPROGRESS
      send a x -> EPIPE`,
  },
  {
    id: 'LX-connect-09',
    title: 'the wildcard addresses lead to the loopback; port 0 too',
    script: `
      a = tcp
      connect a 0.0.0.0:5000 -> EINPROGRESS
      get a error -> 111
      b = tcp6
      connect b [::]:5000 -> EINPROGRESS
      get b error -> 111
      d = tcp
      connect d 127.0.0.1:0 -> EINPROGRESS
      get d error -> 111`,
  },
  {
    id: 'LX-connect-10',
    title: 'errors of connect that need no packet',
    script: `
      a = tcp
      connect a 192.168.7.7:80 -> ENETUNREACH
      connect a 224.0.0.1:80 -> ENETUNREACH
      connect a 255.255.255.255:80 -> ENETUNREACH
      connect a 127.255.255.255:80 -> ENETUNREACH
      b = tcp6
      connect b 127.0.0.1:80 -> EINVAL`,
  },
  {
    id: 'LX-connect-11',
    title: 'an ephemeral range of four',
    script: `
      sysctl net.ipv4.ip_local_port_range 40000 40003
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      m = tcp
      bind m 127.0.0.1:5001 -> 0
      listen m 8 -> 0
      n = tcp
      bind n 127.0.0.2:5000 -> 0
      listen n 8 -> 0
      a = tcp
      connect a 127.0.0.1:5000 -> EINPROGRESS
      b = tcp
      connect b 127.0.0.1:5000 -> EINPROGRESS
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      d = tcp
      connect d 127.0.0.1:5000 -> EINPROGRESS
      e = tcp
      connect e 127.0.0.1:5000 -> EADDRNOTAVAIL
      f = tcp
      connect f 127.0.0.1:5001 -> EINPROGRESS
      g = tcp
      connect g 127.0.0.2:5000 -> EINPROGRESS
      h = tcp
      bind h *:0 -> EADDRINUSE
      i = tcp
      bind i 127.0.0.3:0 -> 0
      j = tcp
      bind j 127.0.0.3:0 -> 0
      k = tcp
      bind k 127.0.0.3:0 -> 0
      o = tcp
      bind o 127.0.0.3:0 -> 0
      p = tcp
      bind p 127.0.0.3:0 -> EADDRINUSE
      u = udp
      bind u *:0 -> 0`,
  },
  {
    id: 'LX-connect-12',
    title: 'a four-tuple in TIME-WAIT is taken up again after a second',
    script: `
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      set c reuseaddr 1 -> 0
      bind c 127.0.0.1:6000 -> 0
      connect c 127.0.0.1:5000 -> EINPROGRESS
      accept l s -> ok
      close c
      close s
      states -> LISTEN TIME-WAIT
      wait 1.2
      d = tcp
      set d reuseaddr 1 -> 0
      bind d 127.0.0.1:6000 -> 0
      connect d 127.0.0.1:5000 -> EINPROGRESS
      states -> ESTAB ESTAB LISTEN`,
  },
]
