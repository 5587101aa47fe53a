/** A frame as tcpdump prints it. */
import { asciiDump, type DescribeOptions, describeFrame, hexDump } from '../../wire/describe/index.ts'
import { readMac } from '../../wire/known.ts'
import { LinkCast } from '../../wire/packet.ts'
import type { Captured } from './frame.ts'
import type { TcpdumpOptions } from './options.ts'

const DIRECTIONS: Readonly<Record<number, string>> = {
  [LinkCast.HOST]: 'In',
  [LinkCast.BROADCAST]: 'B',
  [LinkCast.MULTICAST]: 'M',
  [LinkCast.OTHER_HOST]: 'P',
  [LinkCast.OUTGOING]: 'Out',
}

const LINK = 14
const SLL2_MORE = 20 - LINK

export class Printer {
  readonly #o: TcpdumpOptions
  readonly #describe: DescribeOptions
  #first: bigint | null = null
  #previous: bigint | null = null
  #count = 0

  constructor(options: TcpdumpOptions, describe: DescribeOptions) {
    this.#o = options
    this.#describe = describe
  }

  line(frame: Captured): string {
    const o = this.#o
    this.#count++
    const number = o.numbered ? `${String(this.#count).padStart(5)}  ` : ''
    const dump = this.#dump(frame)
    return `${number}${this.#time(frame.time)}${this.#text(frame)}\n${dump === '' ? '' : `${dump}\n`}`
  }

  #time(time: bigint): string {
    const { timestamps } = this.#o
    const first = (this.#first ??= time)
    const previous = this.#previous ?? time
    this.#previous = time
    switch (timestamps) {
      case 0:
        return `${clock(time)} `
      case 1:
        return ''
      case 2:
        return `${time / 1_000_000_000n}.${fraction(time)} `
      case 4:
        return `${new Date(Number(time / 1_000_000n)).toISOString().slice(0, 10)} ${clock(time)} `
      default:
        return ` ${clock(time - (timestamps === 3 ? previous : first))} `
    }
  }

  #text(frame: Captured): string {
    const { bytes, via, cast } = frame
    if (via === null) return this.#short(describeFrame(bytes, 0, bytes.length, this.#describe))
    const direction = cast === null ? '?' : (DIRECTIONS[cast] ?? '?')
    const head = `${via.name.padEnd(5)} ${direction.padEnd(3)} `
    const told = describeFrame(bytes, 0, bytes.length, this.#describe)
    if (!this.#o.link) return `${head}${this.#short(told)}`
    const [, type = '', rest = ''] = /, (ethertype .*?), length \d+: ([\s\S]*)$/.exec(told) ?? []
    const length = frame.originalLength + SLL2_MORE
    return `${head}ifindex ${via.index} ${readMac(bytes, 6)} ${type}, length ${length}: ${this.#short(rest)}`
  }

  /** -q: less of each protocol. */
  #short(text: string): string {
    if (!this.#o.quick) return text
    return text.replace(/: Flags \[[^\]]*\].*?, length (\d+)(?:: HTTP.*)?$/m, ': tcp $1')
  }

  #dump({ bytes }: Captured): string {
    const { dump, dumpLink } = this.#o
    if (dump === null) return ''
    const start = dumpLink ? 0 : Math.min(LINK, bytes.length)
    return dump === 'text' ? asciiDump(bytes, start) : hexDump(bytes, start, bytes.length, dump === 'both')
  }
}

const fraction = (time: bigint): string => String((time / 1000n) % 1_000_000n).padStart(6, '0')

/** Hours, minutes, seconds of the day, UTC. */
const clock = (time: bigint): string => {
  const seconds = Number((time / 1_000_000_000n) % 86_400n)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction(time)}`
}
