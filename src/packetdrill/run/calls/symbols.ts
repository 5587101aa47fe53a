/** C's names for numbers, as arguments of system calls use them. */
import * as constants from '../../../socket/constants.ts'
import { O_APPEND, O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../../../socket/file.ts'
import { TcpState } from '../../../tcp/types.ts'
import { errnoOf } from '../../../wire/errno.ts'
import { EPOLL } from './epoll-names.ts'

const numbers: Readonly<Record<string, number>> = {
  ...constants,
  O_APPEND,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  ...EPOLL,
  INADDR_ANY: 0,
  TCP_ESTABLISHED: TcpState.ESTABLISHED,
  TCP_CLOSE: TcpState.CLOSED,
}

/** The number of a name; undefined for one that this stack does not have. */
export const symbol = (name: string): number | undefined => numbers[name] ?? errnoOf(name)
