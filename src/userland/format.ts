import { padEnd, padStart } from './table.ts'

/** printf(3) for programs that print in its columns. */

export type FormatValue = string | number | bigint

interface Conversion {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly kind: string
}

const CONVERSION = /%([-0+ #]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?(?:hh|h|ll|l|z|j|t|q)?([sdiuoxXcfFeEgG%])/g

/** No line of a program is longer: a width from outside cannot fill the memory. */
const MAX_WIDTH = 65_536

/**
 * C's conversions `d i u o x X c s f e g` (and the capital ones) and `%%`, with the flags `- 0 + # ` and space, width and
 * precision, which may be `*`. Length modifiers are read and mean nothing: integers are exact, and a negative one under
 * `u o x` wraps at 32 bits when it fits there, else at 64. A value that is missing is empty, or 0.
 */
export function format(text: string, ...values: readonly FormatValue[]): string {
  let next = 0
  const number = (): number => Number(values[next++] ?? 0)
  return text.replaceAll(CONVERSION, (_, flags: string, width?: string, precision?: string, kind = '') => {
    if (kind === '%') return '%'
    const columns = width === '*' ? number() : Number(width ?? 0)
    const digits = precision === '*' ? number() : precision === undefined ? undefined : Number(precision)
    const conversion = {
      // A negative width from `*` is the flag and the width.
      flags: columns < 0 ? `${flags}-` : flags,
      width: Math.min(Math.abs(columns), MAX_WIDTH),
      precision: digits === undefined || digits < 0 ? undefined : Math.min(digits, MAX_WIDTH),
      kind,
    }
    return convert(conversion, values[next++])
  })
}

function convert(conversion: Conversion, value: FormatValue | undefined): string {
  const { kind, precision, flags } = conversion
  switch (kind) {
    case 's': {
      const text = String(value ?? '')
      return pad(conversion, '', precision === undefined ? text : Array.from(text).slice(0, precision).join(''), false)
    }
    case 'c':
      return pad(conversion, '', typeof value === 'string' ? (Array.from(value)[0] ?? '') : character(value), false)
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return convertInteger(conversion, integerOf(value))
    default: {
      const real = Number(value ?? 0)
      const negative = real < 0 || Object.is(real, -0)
      const text = Number.isFinite(real) ? floating(kind, Math.abs(real), precision ?? 6, flags) : notFinite(real)
      const cased = kind === kind.toUpperCase() ? text.toUpperCase() : text
      return pad(conversion, signOf(negative, flags), cased, Number.isFinite(real))
    }
  }
}

function character(value: FormatValue | undefined): string {
  const code = Number(value ?? 0)
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(Math.trunc(code)) : ''
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? 'nan' : 'inf'
}

/** As a cast to an integer: towards zero; text by its leading number; what is no number is 0. */
function integerOf(value: FormatValue | undefined): bigint {
  if (typeof value === 'bigint') return value
  const number = typeof value === 'string' ? Number.parseFloat(value) : Number(value ?? 0)
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n
}

function convertInteger(conversion: Conversion, value: bigint): string {
  const { kind, precision, flags } = conversion
  const signed = kind === 'd' || kind === 'i'
  const radix = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10
  const magnitude = value >= 0n ? value : signed ? -value : BigInt.asUintN(value >= -2147483648n ? 32 : 64, value)
  let digits = precision === 0 && magnitude === 0n ? '' : magnitude.toString(radix).padStart(precision ?? 0, '0')
  if (kind === 'X') digits = digits.toUpperCase()
  let prefix = signed ? signOf(value < 0n, flags) : ''
  if (flags.includes('#')) {
    if (radix === 16 && magnitude !== 0n) prefix = `0${kind}`
    if (radix === 8 && !digits.startsWith('0')) digits = `0${digits}`
  }
  // A precision switches the 0 flag off (C11 7.21.6.1).
  return pad(conversion, prefix, digits, precision === undefined)
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return '-'
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
}

function pad({ flags, width }: Conversion, prefix: string, text: string, zeros: boolean): string {
  const left = flags.includes('-')
  if (zeros && !left && flags.includes('0')) return prefix + text.padStart(width - prefix.length, '0')
  return left ? padEnd(prefix + text, width) : padStart(prefix + text, width)
}

function floating(kind: string, value: number, precision: number, flags: string): string {
  const lower = kind.toLowerCase()
  const keepPoint = flags.includes('#')
  if (lower === 'f') return withPoint(fixed(value, precision), keepPoint)
  if (lower === 'e') return exponential(value, precision, keepPoint)
  const significant = Math.max(1, precision)
  const exponent = Number(value.toExponential(Math.min(significant, 101) - 1).split('e')[1])
  const plain = exponent >= -4 && exponent < significant
  const text = plain ? fixed(value, significant - 1 - exponent) : exponential(value, significant - 1, keepPoint)
  return keepPoint ? text : text.replace(/(\.[0-9]*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')
}

function exponential(value: number, precision: number, keepPoint: boolean): string {
  const shown = Math.min(precision, 100)
  const [mantissa = '', exponent = '+0'] = value.toExponential(shown).split('e')
  const digits = exponent.slice(1).padStart(2, '0')
  const zeros = '0'.repeat(precision - shown)
  return `${withPoint(mantissa + zeros, keepPoint)}e${exponent.charAt(0)}${digits}`
}

function withPoint(text: string, keepPoint: boolean): string {
  return keepPoint && !text.includes('.') ? `${text}.` : text
}

/** JavaScript rounds a tie up, C to the even digit; and from 1e21 on JavaScript gives up on digits. */
function fixed(value: number, precision: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '')
  if (precision >= 100) return value.toFixed(100) + '0'.repeat(precision - 100)
  const [whole = '0', fraction = ''] = value.toFixed(100).split('.')
  const last = precision === 0 ? whole.at(-1) : fraction.charAt(precision - 1)
  const tie = /^50*$/.test(fraction.slice(precision))
  if (tie && Number(last) % 2 === 0) return precision === 0 ? whole : `${whole}.${fraction.slice(0, precision)}`
  return value.toFixed(precision)
}
