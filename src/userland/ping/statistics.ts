/** What ping counts, and how it sums up (iputils ping_common.c, finish() and status()). Times in microseconds. */
import { format } from '../format.ts'

export class Statistics {
  transmitted = 0
  received = 0
  duplicates = 0
  corrupted = 0
  errors = 0
  /** Of the first and the latest request, nanoseconds. */
  started = 0
  latest = 0
  /** Most requests that were on their way at once. */
  pipe = 0
  least = Number.MAX_SAFE_INTEGER
  most = 0
  #sum = 0
  #squares = 0
  #count = 0
  /** Moving average, eighths. */
  #ewma = 0

  time(rtt: number): void {
    this.least = Math.min(this.least, rtt)
    this.most = Math.max(this.most, rtt)
    this.#sum += rtt
    this.#squares += rtt * rtt
    this.#count++
    this.#ewma = this.#ewma === 0 ? rtt * 8 : this.#ewma + rtt - Math.floor(this.#ewma / 8)
  }

  get #average(): number {
    return Math.floor(this.#sum / this.#count)
  }

  /** @param paced - the interval was the program's own (-f, -A): ipg and ewma are told */
  summary(target: string, paced: boolean): string {
    const { transmitted, received } = this
    const loss = transmitted === 0 ? 0 : ((transmitted - received) * 100) / transmitted
    const some = (count: number, what: string): string => (count === 0 ? '' : `, +${count} ${what}`)
    const head = `\n--- ${target} ping statistics ---\n${transmitted} packets transmitted, ${received} received`
    const total = `, ${format('%g', loss)}% packet loss, time ${Math.floor((this.latest - this.started) / 1e6)}ms\n`
    const counts = some(this.duplicates, 'duplicates') + some(this.corrupted, 'corrupted') + some(this.errors, 'errors')
    return `${head}${counts}${total}${this.#times(paced)}\n`
  }

  #times(paced: boolean): string {
    if (this.#count === 0) return ''
    const average = this.#average
    const variance = Math.max(0, Math.floor(this.#squares / this.#count) - average * average)
    const rtt = `rtt min/avg/max/mdev = ${[this.least, average, this.most].map(thousandths).join('/')}/${thousandths(Math.floor(Math.sqrt(variance)))} ms`
    const pipe = this.pipe > 1 ? `, pipe ${this.pipe}` : ''
    if (!paced || this.transmitted < 2) return `${rtt}${pipe}`
    const gap = Math.floor((this.latest - this.started) / 1000 / (this.transmitted - 1))
    return `${rtt}${pipe}, ipg/ewma ${thousandths(gap)}/${thousandths(Math.floor(this.#ewma / 8))} ms`
  }

  /** SIGQUIT. */
  status(): string {
    const loss = this.transmitted === 0 ? 0 : Math.floor(((this.transmitted - this.received) * 100) / this.transmitted)
    const times =
      this.#count === 0
        ? ''
        : `, min/avg/ewma/max = ${[this.least, this.#average, Math.floor(this.#ewma / 8), this.most].map(thousandths).join('/')} ms`
    return `${this.received}/${this.transmitted} packets, ${loss}% loss${times}\n`
  }
}

/** `0.144`. */
const thousandths = (microseconds: number): string =>
  `${Math.floor(microseconds / 1000)}.${String(microseconds % 1000).padStart(3, '0')}`

/** Four digits, as replies have them: `0.144`, `4.12`, `40.1`, `400`. */
export const timeText = (microseconds: number): string => {
  if (microseconds >= 99_950) return String(Math.floor((microseconds + 500) / 1000))
  if (microseconds >= 9995) return fixed(Math.floor((microseconds + 50) / 100), 1)
  if (microseconds >= 1000) return fixed(Math.floor((microseconds + 5) / 10), 2)
  return thousandths(microseconds)
}

const fixed = (scaled: number, digits: 1 | 2): string => {
  const unit = digits === 1 ? 10 : 100
  return `${Math.floor(scaled / unit)}.${String(scaled % unit).padStart(digits, '0')}`
}
