import type { Row } from './row.ts'

export const unixRows: readonly Row[] = [
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
