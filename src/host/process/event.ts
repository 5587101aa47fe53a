import { OpenFile } from '../../socket/file.ts'
import { Poll } from '../../wire/call.ts'
import { EBADF } from '../../wire/errno.ts'

/** Something that happens to a process and that its waiting calls wake up for (a child's change, a signal). In no table. */
export class ProcessEvent extends OpenFile {
  fire(): void {
    this.wake(Poll.IN)
  }

  override poll(): number {
    return 0
  }

  override read(): number {
    return -EBADF
  }

  override write(): number {
    return -EBADF
  }

  /** Never installed, never released. */
  override release(): void {
    return
  }
}
