import type { Process } from '../../../host/index.ts'

const LIMIT = 1000

/** The lines typed so far, the oldest first (`history`, arrow up, ^R), kept in a file between two shells. */
export class History {
  #lines: string[] = []
  /** Number of the first of them: it grows as old ones are dropped. */
  first = 1
  readonly path: string | null

  /** @param path - its file; null: none */
  constructor(path: string | null) {
    this.path = path
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  load(process: Process): void {
    const text = this.path === null ? -1 : process.readText(this.path)
    if (typeof text === 'string') for (const line of text.split('\n')) if (line !== '') this.add(line)
  }

  save(process: Process): void {
    if (this.path !== null) process.writeFile(this.path, this.#lines.map((line) => `${line}\n`).join(''), 0o1101, 0o600)
  }

  /** As Debian's `.bashrc` has it (HISTCONTROL=ignoreboth): not what repeats the line before or starts with a blank. */
  add(line: string): void {
    if (line.trim() === '' || line.startsWith(' ') || line === this.#lines.at(-1)) return
    this.#lines.push(line)
    if (this.#lines.length <= LIMIT) return
    this.#lines.shift()
    this.first++
  }

  /** By the number that `history` shows. */
  remove(number: number): boolean {
    const at = number - this.first
    if (at < 0 || at >= this.#lines.length) return false
    this.#lines.splice(at, 1)
    return true
  }

  clear(): void {
    this.#lines = []
    this.first = 1
  }
}
