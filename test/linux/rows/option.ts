import type { Row } from './row.ts'

export const optionRows: readonly Row[] = [
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
