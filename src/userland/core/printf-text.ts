/** printf(1): its format is used again until the arguments are used up. */
import { format } from '../format.ts'
import { unescapeText } from './escapes.ts'

export interface PrintfResult {
  readonly text: string
  readonly code: number
  /** Without the `printf: ` before them. */
  readonly complaints: readonly string[]
}

const CONVERSION = /%([-0+ #']*)(\*|\d+)?(?:\.(\*|\d*))?(?:[hlLjzt]*)(.)?/gs

export const printfText = (template: string, args: readonly string[]): PrintfResult => {
  const printer = new Printer(args)
  printer.run(template)
  return { text: printer.text, code: printer.complaints.length > 0 ? 1 : 0, complaints: printer.complaints }
}

class Printer {
  text = ''
  readonly complaints: string[] = []
  readonly #args: readonly string[]
  #next = 0
  #stopped = false

  constructor(args: readonly string[]) {
    this.#args = args
  }

  run(template: string): void {
    do {
      const before = this.#next
      this.#once(template)
      if (this.#next === before) break
    } while (this.#next < this.#args.length && !this.#stopped)
  }

  #once(template: string): void {
    let at = 0
    for (const match of template.matchAll(CONVERSION)) {
      this.text += unescapeText(template.slice(at, match.index), 'plain', true).text
      at = match.index + match[0].length
      this.#convert(match)
      if (this.#stopped) return
    }
    this.text += unescapeText(template.slice(at), 'plain', true).text
  }

  #arg(): string | undefined {
    return this.#args[this.#next++]
  }

  #star(text: string | undefined): number | undefined {
    return text === undefined ? undefined : text === '*' ? Number(this.#number(this.#arg())) : Number(text)
  }

  #convert([whole, flags = '', width, precision, kind]: RegExpMatchArray): void {
    if (kind === '%') {
      this.text += '%'
      return
    }
    if (kind === undefined || !'diouxXsbcqeEfFgGaA'.includes(kind)) {
      this.complaints.push(
        kind === undefined ? `\`${whole.at(-1)}': missing format character` : `\`${kind}': invalid format character`,
      )
      this.#stopped = true
      return
    }
    const columns = this.#star(width)
    const digits = this.#star(precision)
    const spec = `%${flags.replaceAll("'", '')}${columns ?? ''}${digits === undefined ? '' : `.${digits}`}`
    const arg = this.#arg()
    switch (kind) {
      case 's':
        this.text += format(`${spec}s`, arg ?? '')
        break
      case 'q':
        this.text += format(`${spec}s`, arg === undefined || arg === '' ? "''" : quoted(arg))
        break
      case 'c':
        this.text += format(`${spec.replace(/\..*/, '')}s`, Array.from(arg ?? '')[0] ?? '')
        break
      case 'b': {
        const { text, stopped } = unescapeText(arg ?? '', 'both')
        this.text += format(`${spec}s`, text)
        this.#stopped = stopped
        break
      }
      case 'd':
      case 'i':
      case 'o':
      case 'u':
      case 'x':
      case 'X':
        this.text += format(`${spec}${kind}`, this.#number(arg))
        break
      default:
        this.text += format(`${spec}${kind}`, this.#real(arg))
    }
  }

  /** Decimal, `0x` or octal by a leading zero; `'c` is the character's number. */
  #number(arg: string | undefined): bigint {
    const text = (arg ?? '').trim()
    if (arg === undefined) return 0n
    if (/^["']/.test(text)) return BigInt(text.codePointAt(1) ?? 0)
    const match = /^([-+]?)(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(text)
    if (match === null || match[0] !== text) {
      this.complaints.push(`${arg}: invalid number`)
      if (match === null) return 0n
    }
    const digits = match[2] as string
    const octal = /^0[0-7]+/.exec(digits)
    const value = octal !== null ? BigInt(`0o${octal[0].slice(1)}`) : BigInt(digits)
    return match[1] === '-' ? -value : value
  }

  #real(arg: string | undefined): number {
    const text = (arg ?? '').trim()
    if (arg === undefined) return 0
    if (/^["']/.test(text)) return text.codePointAt(1) ?? 0
    const value = Number(text)
    if (text === '' || Number.isNaN(value)) {
      if (/^[-+]?(inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
      if (/^[-+]?nan$/i.test(text)) return Number.NaN
      this.complaints.push(`${arg}: invalid number`)
      const start = Number.parseFloat(text)
      return Number.isNaN(start) ? 0 : start
    }
    return value
  }
}

/** As bash's `%q`: backslashes, or `$'…'` when there are control characters. */
const quoted = (text: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text)) {
    const inner = text
      .replaceAll('\\', '\\\\')
      .replaceAll("'", "\\'")
      .replaceAll('\n', '\\n')
      .replaceAll('\t', '\\t')
      .replaceAll('\r', '\\r')
    return `$'${inner}'`
  }
  return text.replace(/[^\w%+\-./:=@\u0080-\uffff]/gu, (c) => `\\${c}`)
}
