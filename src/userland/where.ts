import type { ProcessHost } from '../host/index.ts'

/** `--where` of lsof and ss: the program's lines that opened a socket and wrote to it last; '' when none is known. */
export const whereText = (host: ProcessHost, subject: object): string => {
  const record = host.stack.sockets.trace?.of(subject)
  if (record === undefined || record === null) return ''
  const { opened, written } = record
  return [...(opened === null ? [] : [`opened ${opened}`]), ...(written === null ? [] : [`wrote ${written}`])].join(
    ', ',
  )
}

/** What `--where` has to say when nobody notes lines. */
export const NO_TRACE = '--where: no lines are known: make the network with { trace: true }'
