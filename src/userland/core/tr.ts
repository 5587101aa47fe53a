import type { Process, Program } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { chunks, complain, tryHelp, writeOut } from './output.ts'
import { quote } from './quote.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the class
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

const ALL = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))

/** A set's characters, as bytes (tr knows no others); a complaint for a wrong range. `fill`: length that `[x*]` fills up to. */
const expand = (text: string, fill: number): string[] | string => {
  const out: string[] = []
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte))
  const raw = bytes.join('')
  let stretch: { at: number; char: string } | null = null
  for (let i = 0; i < bytes.length; ) {
    const rest = raw.slice(i)
    const named = /^\[:(\w+):\]/.exec(rest)
    const repeat = /^\[(\\.|[^\\])\*(\d*)\]/.exec(rest)
    if (named !== null) {
      const known = CLASSES[named[1] as string]
      if (known === undefined) return `invalid character class ${quote(named[1] as string)}`
      out.push(...ALL.filter((c) => known.test(c)))
      i += named[0].length
      continue
    }
    if (repeat !== null) {
      const char = single(repeat[1] as string).char
      const count = repeat[2] as string
      if (count === '' || Number(count) === 0) stretch = { at: out.length, char }
      else out.push(...Array(Number.parseInt(count, count.startsWith('0') ? 8 : 10)).fill(char))
      i += repeat[0].length
      continue
    }
    const first = single(rest)
    i += first.length
    if (raw[i] === '-' && i + 1 < raw.length) {
      const last = single(raw.slice(i + 1))
      if (last.char < first.char)
        return `range-endpoints of '${first.char}-${last.char}' are in reverse collating sequence order`
      i += 1 + last.length
      for (let code = first.char.charCodeAt(0); code <= last.char.charCodeAt(0); code++)
        out.push(String.fromCharCode(code))
    } else out.push(first.char)
  }
  if (stretch !== null) out.splice(stretch.at, 0, ...Array(Math.max(0, fill - out.length)).fill(stretch.char))
  return out
}

/** One character, perhaps escaped, at the start of a text. */
const single = (text: string): { char: string; length: number } => {
  const octal = /^\\([0-7]{1,3})/.exec(text)
  if (octal !== null)
    return { char: String.fromCharCode(Number.parseInt(octal[1] as string, 8) & 255), length: octal[0].length }
  if (text[0] === '\\' && text[1] !== undefined) return { char: ESCAPES[text[1]] ?? text[1], length: 2 }
  return { char: text[0] ?? '', length: 1 }
}

interface Translation {
  readonly map: readonly number[]
  readonly deleted: ReadonlySet<number>
  readonly squeezed: ReadonlySet<number>
}

export const program: Program = {
  name: 'tr',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'tr',
      short: 'cCdst',
      permute: false,
      long: { complement: 'c', delete: 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' },
      usage: ['tr [OPTION]... STRING1 [STRING2]'],
      does: 'Translate, squeeze, and/or delete characters from standard input, writing to standard output.',
    })
    if (typeof args === 'number') return args
    const [one, two, extra] = args.operands
    const [deletes, squeezes] = [args.has('d'), args.has('s')]
    const wrong = (message: string): Promise<number> => tryHelp(proc, 'tr', `tr: ${message}`)
    if (one === undefined) return await wrong('missing operand')
    if (two === undefined && !deletes && !squeezes)
      return await wrong(`missing operand after ${quote(one)}\nTwo strings must be given when translating.`)
    if (two === undefined && deletes && squeezes)
      return await wrong(
        `missing operand after ${quote(one)}\nTwo strings must be given when both deleting and squeezing repeats.`,
      )
    if (two !== undefined && deletes && !squeezes)
      return await wrong(
        `extra operand ${quote(two)}\nOnly one string may be given when deleting without squeezing repeats.`,
      )
    if (extra !== undefined) return await wrong(`extra operand ${quote(extra)}`)
    let from = expand(one, 0)
    if (typeof from !== 'string' && (args.has('c') || args.has('C'))) {
      const set = new Set(from)
      from = ALL.filter((c) => !set.has(c))
    }
    const to = two === undefined ? [] : expand(two, typeof from === 'string' ? 0 : from.length)
    const complaint = typeof from === 'string' ? from : typeof to === 'string' ? to : null
    if (complaint !== null || typeof from === 'string' || typeof to === 'string') {
      await complain(proc, `tr: ${complaint}`)
      return 1
    }
    const translates = two !== undefined && !deletes
    if (translates && to.length === 0) {
      await complain(proc, 'tr: when not truncating set1, string2 must be non-empty')
      return 1
    }
    const codes = (set: readonly string[]): Set<number> => new Set(set.map((c) => c.charCodeAt(0)))
    const map = ALL.map((_, code) => code)
    if (translates)
      from.forEach((c, i) => {
        const target = to[i] ?? (args.has('t') ? undefined : to.at(-1))
        if (target !== undefined) map[c.charCodeAt(0)] = target.charCodeAt(0)
      })
    const squeezed = !squeezes ? new Set<number>() : codes(two === undefined ? from : to)
    return await run(proc, { map, deleted: deletes ? codes(from) : new Set(), squeezed })
  },
}

const run = async (proc: Process, { map, deleted, squeezed }: Translation): Promise<number> => {
  let last = -1
  for await (const chunk of chunks(proc, 0)) {
    if (typeof chunk === 'number') {
      await complain(proc, `tr: read error: ${strerror(chunk)}`)
      return 1
    }
    let at = 0
    for (const byte of chunk) {
      if (deleted.has(byte)) continue
      const mapped = map[byte] as number
      if (mapped === last && squeezed.has(mapped)) continue
      last = mapped
      chunk[at++] = mapped
    }
    if ((await writeOut(proc, 'tr', chunk.subarray(0, at))) !== 0) return 1
  }
  return 0
}
