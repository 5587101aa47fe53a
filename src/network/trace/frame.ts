/** The line of a program among the frames of a JavaScript stack. */
import type { CallSite } from '../../socket/trace.ts'

/** V8's call site, as far as it is read. */
interface StackFrame {
  getFileName(): string | null | undefined
  getLineNumber(): number | null
  getColumnNumber(): number | null
  getFunctionName(): string | null
}

type Prepare = (error: Error, frames: readonly StackFrame[]) => unknown

/** Where a line of generated code was written; null: no source map tells. */
export type SourceMapper = (file: string, line: number, column: number) => Place | null

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

const engine = Error as unknown as { prepareStackTrace?: Prepare | undefined; stackTraceLimit?: number }

/** Frames of Node and of this package above a program's. */
const DEEPEST = 64

const plainPath = (url: string): string => {
  const bare = url.startsWith('file://') ? url.slice('file://'.length) : url
  const path = bare.replace(/[?#].*$/, '')
  try {
    return bare === url ? path : decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Folder of this package's code: in the repository this file is three down, built it is beside all others. */
const OWN = ((): string => {
  // Every module has a URL; the types of some runtimes do not know.
  const here = plainPath((import.meta as unknown as { readonly url?: string }).url ?? '')
  const inSource = here.lastIndexOf('network/trace/frame.')
  return here.slice(0, inSource < 0 ? here.lastIndexOf('/') + 1 : inSource)
})()

const isOutside = (file: string): boolean =>
  file !== '' && !/^(?:node:|internal\/|wasm:|native|soquete:|\[eval\]-wrapper)/.test(file) && !file.startsWith(OWN)

/** A line that a program's code came by. */
export class Frame implements CallSite {
  /** The program's own, not a package's that it uses. */
  readonly isProgram: boolean
  readonly #place: Place
  readonly #name: string
  #raw: StackFrame | null
  #text: string | null = null

  constructor(place: Place, name: string, raw: StackFrame | null) {
    this.isProgram = !place.file.includes('/node_modules/')
    this.#place = place
    this.#name = name
    this.#raw = raw
  }

  /** Find the source's line, and let go of the function that ran. */
  settle(map: SourceMapper | null): this {
    if (this.#text !== null) return this
    const { file, line, column } = this.#place
    const { file: source, ...at } = map?.(file, line, column) ?? this.#prepared() ?? this.#place
    this.#raw = null
    this.#text = `${plainPath(source)}:${at.line}:${at.column}${this.#name === '' ? '' : ` (${this.#name})`}`
    return this
  }

  toString(): string {
    return this.settle(null).#text as string
  }

  /** Test runners and compilers on the fly map lines where stacks are printed. */
  #prepared(): Place | null {
    const prepare = engine.prepareStackTrace
    if (prepare === undefined || this.#raw === null) return null
    try {
      const text = prepare(new Error(), [this.#raw])
      return typeof text === 'string' ? (parse(text)[0]?.place ?? null) : null
    } catch {
      return null
    }
  }
}

/** The frames of a stack as text: V8's lines, or those of the other engines. */
const parse = (stack: string): { place: Place; name: string }[] =>
  stack.split('\n').flatMap((line) => {
    const found = /^(?:\s*at (?:async )?)?(?:(.*?)(?: \(|@))?(\S.*?):(\d+):(\d+)\)?$/.exec(line.trimEnd())
    if (found === null) return []
    const [, name = '', file = '', row, column] = found
    return [{ place: { file, line: Number(row), column: Number(column) }, name }]
  })

const capture = (): readonly StackFrame[] | string => {
  const { prepareStackTrace, stackTraceLimit } = engine
  const had = 'prepareStackTrace' in engine
  engine.prepareStackTrace = (_error, frames) => frames
  engine.stackTraceLimit = DEEPEST
  const stack = new Error().stack as unknown as readonly StackFrame[] | string | undefined
  if (had) engine.prepareStackTrace = prepareStackTrace
  else delete engine.prepareStackTrace
  if (stackTraceLimit === undefined) delete engine.stackTraceLimit
  else engine.stackTraceLimit = stackTraceLimit
  return stack ?? ''
}

/** `Object.<anonymous>` and the like are no names. */
const nameOf = (name: string | null): string => (name === null || name.includes('<') ? '' : name.replace(/^async /, ''))

/**
 * The frame that runs, outside of the runtime and of this package: the program's own if there is one, else that of a package it
 * uses. Awaiting callers count where the engine tells of them.
 */
export const programFrame = (): Frame | null => {
  const stack = capture()
  let first: Frame | null = null
  const found =
    typeof stack === 'string'
      ? parse(stack).map(({ place, name }) => ({ file: plainPath(place.file), place, name, raw: null }))
      : stack.map((raw) => ({ file: plainPath(raw.getFileName() ?? ''), place: null, name: null, raw }))
  for (const { file, place, name, raw } of found) {
    if (!isOutside(file)) continue
    const at = place ?? { file, line: raw?.getLineNumber() ?? 0, column: raw?.getColumnNumber() ?? 0 }
    const frame = new Frame(at, nameOf(name ?? raw?.getFunctionName() ?? null), raw)
    if (frame.isProgram) return frame
    first ??= frame
  }
  return first
}
