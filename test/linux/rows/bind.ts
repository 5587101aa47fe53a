import type { Row } from './row.ts'

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

export const bindRows: readonly Row[] = [
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
