/**
 * What Linux 6.18 gives back, case by case, as scripts (see `script.ts`). Each was run on that kernel in a network namespace of
 * its own (`npm run system` runs them there again).
 */

export interface Row {
  /** Stable: never given to another case. */
  readonly id: string
  readonly title: string
  readonly script: string
}

/** L listens at 127.0.0.1:5000, c is connected to it, s accepted. */
const PAIR = `
  l = tcp
  bind l 127.0.0.1:5000 -> 0
  listen l 8 -> 0
  c = tcp
  connect c 127.0.0.1:5000 -> EINPROGRESS
  connect c 127.0.0.1:5000 -> 0
  accept l s -> ok`

/** The same, and the server's side closed first: its port is left in TIME-WAIT. */
const timeWait = (option: string): string => `
  l = tcp
  ${option}
  bind l 127.0.0.1:5000 -> 0
  listen l 8 -> 0
  c = tcp
  connect c 127.0.0.1:5000 -> EINPROGRESS
  accept l s -> ok
  close s
  close c
  close l
  states -> TIME-WAIT`

const bindRows: readonly Row[] = [
  {
    id: 'LX-bind-01',
    title: 'the wildcard and a specific address',
    script: `
      a = tcp
      bind a *:5000 -> 0
      b = tcp
      bind b 127.0.0.1:5000 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-02',
    title: 'two specific addresses, then the wildcard',
    script: `
      a = tcp
      bind a 127.0.0.1:5000 -> 0
      b = tcp
      bind b 127.0.0.2:5000 -> 0
      c = tcp
      bind c *:5000 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-03',
    title: 'REUSEADDR on both, none listening: the second listen fails (same address)',
    script: `
      a = tcp
      set a reuseaddr 1 -> 0
      b = tcp
      set b reuseaddr 1 -> 0
      bind a 127.0.0.1:5000 -> 0
      bind b 127.0.0.1:5000 -> 0
      listen a 1 -> 0
      listen b 1 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-03b',
    title: 'REUSEADDR on both, none listening: the second listen fails (wildcard and specific)',
    script: `
      a = tcp
      set a reuseaddr 1 -> 0
      b = tcp
      set b reuseaddr 1 -> 0
      bind a *:5000 -> 0
      bind b 127.0.0.1:5000 -> 0
      listen a 1 -> 0
      listen b 1 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-04',
    title: 'REUSEADDR on both, the first listening: the second bind fails',
    script: `
      a = tcp
      set a reuseaddr 1 -> 0
      bind a 127.0.0.1:5000 -> 0
      listen a 1 -> 0
      b = tcp
      set b reuseaddr 1 -> 0
      bind b 127.0.0.1:5000 -> EADDRINUSE
      c = tcp
      set c reuseaddr 1 -> 0
      bind c *:5000 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-05',
    title: 'a dual-stack :: holds the port of IPv4 too, and hears its clients',
    script: `
      a = tcp6
      bind a [::]:5000 -> 0
      b = tcp
      bind b *:5000 -> EADDRINUSE
      d = tcp
      bind d 127.0.0.1:5000 -> EADDRINUSE
      listen a 1 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      accept a s -> ok
      peer s -> [::ffff:127.0.0.1]:E1
      name s -> [::ffff:127.0.0.1]:5000
      name c -> 127.0.0.1:E1`,
  },
  {
    id: 'LX-bind-06',
    title: 'the IPv4 wildcard first: :: and mapped addresses collide, ::1 does not',
    script: `
      a = tcp
      bind a *:5000 -> 0
      b = tcp6
      bind b [::]:5000 -> EADDRINUSE
      d = tcp6
      bind d [::1]:5000 -> 0
      e = tcp6
      bind e [::ffff:127.0.0.1]:5000 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-07',
    title: 'IPV6_V6ONLY',
    script: `
      a = tcp6
      set a v6only 1 -> 0
      bind a [::]:5000 -> 0
      b = tcp
      bind b *:5000 -> 0
      set a v6only 0 -> EINVAL
      d = tcp6
      set d v6only 1 -> 0
      connect d [::ffff:127.0.0.1]:5000 -> ENETUNREACH
      bind d [::ffff:127.0.0.1]:6000 -> EINVAL`,
  },
  {
    id: 'LX-bind-08',
    title: 'a port in TIME-WAIT: REUSEADDR on the new socket alone is not enough',
    script: `${timeWait('states -> none')}
      a = tcp
      bind a 127.0.0.1:5000 -> EADDRINUSE
      b = tcp
      set b reuseaddr 1 -> 0
      bind b 127.0.0.1:5000 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-08b',
    title: 'a port in TIME-WAIT: REUSEADDR on old and new lets it bind and listen',
    script: `${timeWait('set l reuseaddr 1 -> 0')}
      a = tcp
      bind a 127.0.0.1:5000 -> EADDRINUSE
      b = tcp
      set b reuseaddr 1 -> 0
      bind b 127.0.0.1:5000 -> 0
      listen b 1 -> 0`,
  },
  {
    id: 'LX-bind-09',
    title: 'a living child holds the port of its closed listener',
    script: `
      l = tcp
      set l reuseaddr 1 -> 0
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      accept l s -> ok
      close l
      a = tcp
      bind a 127.0.0.1:5000 -> EADDRINUSE
      b = tcp
      set b reuseaddr 1 -> 0
      bind b 127.0.0.1:5000 -> 0
      listen b 1 -> 0`,
  },
  {
    id: 'LX-bind-10',
    title: 'UDP: the last one bound with REUSEADDR gets the datagram',
    script: `
      x = udp
      bind x 127.0.0.1:5000 -> 0
      y = udp
      bind y 127.0.0.1:5000 -> EADDRINUSE
      a = udp
      set a reuseaddr 1 -> 0
      bind a 127.0.0.1:6000 -> 0
      b = udp
      set b reuseaddr 1 -> 0
      bind b 127.0.0.1:6000 -> 0
      c = udp
      sendto c one 127.0.0.1:6000 -> 3
      recv a 10 -> EAGAIN
      recv b 10 -> 'one'`,
  },
  {
    id: 'LX-bind-11',
    title: 'REUSEPORT on both lets both listen; a third without it fails',
    script: `
      a = tcp
      set a reuseport 1 -> 0
      bind a 127.0.0.1:5000 -> 0
      b = tcp
      set b reuseport 1 -> 0
      bind b 127.0.0.1:5000 -> 0
      listen a 1 -> 0
      listen b 1 -> 0
      c = tcp
      bind c 127.0.0.1:5000 -> EADDRINUSE`,
  },
  {
    id: 'LX-bind-12',
    title: 'port 0, a second bind, a late bind',
    script: `
      a = tcp
      bind a 127.0.0.1:0 -> 0
      name a -> 127.0.0.1:E1
      bind a 127.0.0.1:5001 -> EINVAL
      l = tcp
      bind l 127.0.0.1:5000 -> 0
      listen l 8 -> 0
      c = tcp
      connect c 127.0.0.1:5000 -> EINPROGRESS
      bind c 127.0.0.1:5002 -> EINVAL`,
  },
  {
    id: 'LX-bind-13',
    title: 'ports below 1024 are not for everybody',
    script: `
      uid 1000
      a = tcp
      bind a 127.0.0.1:80 -> EACCES
      bind a 127.0.0.1:1023 -> EACCES
      bind a 127.0.0.1:1024 -> 0`,
  },
  {
    id: 'LX-bind-14',
    title: 'errors of bind, and odd addresses that are none',
    script: `
      a = tcp
      bind a 192.168.7.7:5000 -> EADDRNOTAVAIL
      bind a [::1]:5000 -> EAFNOSUPPORT
      bind a bytes:0200138800000000 -> EINVAL
      bind a 224.0.0.1:5000 -> 0
      b = tcp
      bind b 255.255.255.255:5001 -> 0
      d = tcp
      bind d 127.5.5.5:5002 -> 0
      e = tcp
      bind e unspec -> 0
      name e -> 0.0.0.0:E1`,
  },
]

const connectRows: readonly Row[] = [
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

const listenRows: readonly Row[] = [
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

const streamRows: readonly Row[] = [
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

const datagramRows: readonly Row[] = [
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

const unixRows: readonly Row[] = [
  {
    id: 'LX-unix-01',
    title: 'names in the file system',
    script: `
      a = unix
      bind a path:one -> 0
      b = unix
      bind b path:one -> EADDRINUSE
      listen a 1 -> 0
      close a
      d = unix
      bind d path:one -> EADDRINUSE
      connect d path:one -> ECONNREFUSED
      connect d path:missing -> ENOENT
      bind d path:nowhere/x -> ENOENT
      e = unix
      bind e path:two -> 0
      connect d path:two -> ECONNREFUSED
      file plain
      connect d path:plain -> ECONNREFUSED
      bind d path:x*107 -> 0
      f = unix
      bind f path:y*108 -> EINVAL`,
  },
  {
    id: 'LX-unix-02',
    title: 'abstract names',
    script: `
      a = unix
      bind a name:spot -> 0
      b = unix
      bind b name:spot -> EADDRINUSE
      listen a 0 -> 0
      c = unix
      connect c name:spot -> 0
      name c -> unnamed
      peer c -> name:spot
      d = unix
      connect d name:spot -> EAGAIN
      g = unixgram
      connect g name:spot -> ECONNREFUSED`,
  },
]

const optionRows: readonly Row[] = [
  {
    id: 'LX-opt-01',
    title: 'defaults',
    script: `
      t = tcp
      get t rcvbuf -> 131072
      get t sndbuf -> 16384
      get t maxseg -> 536
      get t keepidle -> 7200
      get t keepintvl -> 75
      get t keepcnt -> 9
      u = udp
      get u rcvbuf -> 212992
      get u sndbuf -> 212992`,
  },
  {
    id: 'LX-opt-02',
    title: 'what setting does, and what is refused',
    script: `
      t = tcp
      set t rcvbuf 10000 -> 0
      get t rcvbuf -> 20000
      set t rcvbuf 1 -> 0
      get t rcvbuf -> 2304
      set t sndbuf 1 -> 0
      get t sndbuf -> 4608
      set t maxseg 10 -> EINVAL
      set t keepidle 0 -> EINVAL
      set t error 1 -> ENOPROTOOPT
      u = udp
      set u nodelay 1 -> ENOPROTOOPT`,
  },
  {
    id: 'LX-opt-03',
    title: 'socket() refuses types, protocols and families that it has not',
    script: `
      a = socket 2 99 0 -> EINVAL
      b = socket 2 1 17 -> EPROTONOSUPPORT
      d = socket 77 1 0 -> EAFNOSUPPORT`,
  },
]

export const ROWS: readonly Row[] = [
  ...bindRows,
  ...connectRows,
  ...listenRows,
  ...streamRows,
  ...datagramRows,
  ...unixRows,
  ...optionRows,
]
