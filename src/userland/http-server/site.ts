/** What a server serves, as the engine sees it. */
import type { ListingEntry } from './pages.ts'

/** A regular file that is open; whoever gets it closes it. */
export interface OpenResource {
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly mtime: number
  readonly inode: number
  /** Bytes read into `buf` from `position`, or a negative errno. */
  read(position: number, buf: Uint8Array): number
  close(): void
}

export interface Site {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number
  /** What is at a clean path (`/`, `/a/b`). */
  kindOf(path: string): 'file' | 'directory' | 'none'
  /** Null: it cannot be read. */
  open(path: string): OpenResource | null
  /** Null: it may not be listed. */
  list(path: string): readonly ListingEntry[] | null
}
