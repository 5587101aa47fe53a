import { quotePattern } from './match.ts'

/** A piece of an expanded word. */
export interface Fragment {
  readonly text: string
  /** Came from within quotes: neither split nor taken for a pattern, and makes a field even when empty. */
  readonly quoted: boolean
  /** Came from an unquoted expansion: IFS splits it (POSIX 2.6.5). */
  readonly split: boolean
}

/** Between two fragments: a new field starts here, as between the parameters of `"$@"`. */
export const BREAK: Fragment = { text: '', quoted: false, split: false }

export interface Field {
  readonly text: string
  /** `text` with its quoted characters escaped. */
  readonly pattern: string
  /** Whether an unquoted `*`, `?` or `[` is in it. */
  readonly active: boolean
}

/** Joins fragments into fields and splits them at the characters of `ifs`. */
export function splitFields(fragments: readonly Fragment[], ifs: string): Field[] {
  const splitter = new Splitter(ifs)
  for (const fragment of fragments) splitter.add(fragment)
  return splitter.finish()
}

class Splitter {
  readonly #ifs: string
  readonly #fields: Field[] = []
  #text = ''
  #pattern = ''
  #active = false
  /** There is a field under way, be it empty. */
  #open = false
  /** The last field ended at blanks alone: another separator right after them belongs to the same delimiter. */
  #afterBlank = false

  constructor(ifs: string) {
    this.#ifs = ifs
  }

  add(fragment: Fragment): void {
    if (fragment === BREAK) {
      this.#close()
      this.#afterBlank = false
    } else if (fragment.split) for (const c of fragment.text) this.#splitting(c)
    else if (fragment.text !== '' || fragment.quoted) this.#append(fragment.text, fragment.quoted)
  }

  finish(): Field[] {
    this.#close()
    return this.#fields
  }

  #splitting(c: string): void {
    if (!this.#ifs.includes(c)) this.#append(c, false)
    else if (c === ' ' || c === '\t' || c === '\n') {
      if (this.#open) this.#afterBlank = true
      this.#close()
    } else if (this.#open) {
      this.#close()
      this.#afterBlank = false
    } else if (this.#afterBlank) this.#afterBlank = false
    else {
      this.#open = true
      this.#close()
    }
  }

  #append(text: string, quoted: boolean): void {
    this.#open = true
    this.#afterBlank = false
    this.#text += text
    this.#pattern += quoted ? quotePattern(text) : text
    if (!quoted && /[*?[]/.test(text)) this.#active = true
  }

  #close(): void {
    if (this.#open) this.#fields.push({ text: this.#text, pattern: this.#pattern, active: this.#active })
    this.#text = ''
    this.#pattern = ''
    this.#active = false
    this.#open = false
  }
}
