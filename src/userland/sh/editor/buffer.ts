/** The line being edited: characters, the cursor, what was killed, and how to take changes back. */

const UNDO_LIMIT = 500
const KILL_RING = 30

interface Snapshot {
  readonly characters: readonly string[]
  readonly cursor: number
}

const isWordCharacter = (character: string): boolean => /[\p{L}\p{N}_]/u.test(character)

export class LineBuffer {
  characters: string[] = []
  cursor = 0
  readonly #undo: Snapshot[] = []
  readonly #killed: string[]
  #yankAt = 0
  /** The last command killed: the next kill is joined to it. */
  #joins = false
  #yanked: { from: number; to: number } | null = null

  /** @param killed - the kill ring, which outlives a line */
  constructor(killed: string[]) {
    this.#killed = killed
  }

  get text(): string {
    return this.characters.join('')
  }

  /** Between two commands: what the last one was decides whether kills join. */
  begin(kills: boolean, yanks: boolean): void {
    if (!kills) this.#joins = false
    if (!yanks) this.#yanked = null
  }

  #remember(): void {
    this.#undo.push({ characters: [...this.characters], cursor: this.cursor })
    if (this.#undo.length > UNDO_LIMIT) this.#undo.shift()
  }

  undo(): boolean {
    const last = this.#undo.pop()
    if (last === undefined) return false
    this.characters = [...last.characters]
    this.cursor = last.cursor
    return true
  }

  replace(text: string): void {
    this.#remember()
    this.characters = Array.from(text)
    this.cursor = this.characters.length
  }

  insert(text: string): void {
    this.#remember()
    const added = Array.from(text)
    this.characters.splice(this.cursor, 0, ...added)
    this.cursor += added.length
  }

  /** Replace a range, with the cursor after what is put there. */
  splice(from: number, to: number, text: string): void {
    this.#remember()
    const added = Array.from(text)
    this.characters.splice(from, to - from, ...added)
    this.cursor = from + added.length
  }

  deleteBackward(): boolean {
    if (this.cursor === 0) return false
    this.splice(this.cursor - 1, this.cursor, '')
    return true
  }

  deleteForward(): boolean {
    if (this.cursor === this.characters.length) return false
    this.splice(this.cursor, this.cursor + 1, '')
    return true
  }

  move(to: number): boolean {
    const at = Math.max(0, Math.min(to, this.characters.length))
    const moved = at !== this.cursor
    this.cursor = at
    return moved
  }

  wordLeft(): number {
    let at = this.cursor
    while (at > 0 && !isWordCharacter(this.characters[at - 1] as string)) at--
    while (at > 0 && isWordCharacter(this.characters[at - 1] as string)) at--
    return at
  }

  wordRight(): number {
    const { characters } = this
    let at = this.cursor
    while (at < characters.length && !isWordCharacter(characters[at] as string)) at++
    while (at < characters.length && isWordCharacter(characters[at] as string)) at++
    return at
  }

  /** Where ^W reaches: words are what blanks separate. */
  blankLeft(): number {
    let at = this.cursor
    while (at > 0 && /\s/.test(this.characters[at - 1] as string)) at--
    while (at > 0 && !/\s/.test(this.characters[at - 1] as string)) at--
    return at
  }

  /** Take out a range and keep it for `yank`. */
  kill(from: number, to: number): boolean {
    if (from === to) return false
    const text = this.characters.slice(from, to).join('')
    const backward = to === this.cursor && from < this.cursor
    const last = this.#killed.length - 1
    if (this.#joins && last >= 0)
      this.#killed[last] = backward ? text + (this.#killed[last] ?? '') : (this.#killed[last] ?? '') + text
    else {
      this.#killed.push(text)
      if (this.#killed.length > KILL_RING) this.#killed.shift()
    }
    this.#joins = true
    this.splice(from, to, '')
    return true
  }

  yank(): boolean {
    const text = this.#killed.at(-1)
    if (text === undefined) return false
    this.#yankAt = this.#killed.length - 1
    const from = this.cursor
    this.insert(text)
    this.#yanked = { from, to: this.cursor }
    return true
  }

  /** Right after a yank: the kill before that one instead. */
  rotate(): boolean {
    const yanked = this.#yanked
    if (yanked === null || this.#killed.length < 2) return false
    this.#yankAt = (this.#yankAt + this.#killed.length - 1) % this.#killed.length
    this.splice(yanked.from, yanked.to, this.#killed[this.#yankAt] ?? '')
    this.#yanked = { from: yanked.from, to: this.cursor }
    return true
  }

  /** ^T: the character before the cursor goes over the one under it. */
  transpose(): boolean {
    const { characters } = this
    if (characters.length < 2 || this.cursor === 0) return false
    const at = Math.min(this.cursor, characters.length - 1)
    const pair = `${characters[at]}${characters[at - 1]}`
    this.splice(at - 1, at + 1, pair)
    return true
  }

  /** M-u, M-l, M-c: change the case of the word ahead. */
  changeCase(how: (word: string) => string): boolean {
    const end = this.wordRight()
    if (end === this.cursor) return false
    this.splice(this.cursor, end, how(this.characters.slice(this.cursor, end).join('')))
    return true
  }
}
