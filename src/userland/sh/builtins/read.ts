import { Poll } from '../../../wire/call.ts'
import { EAGAIN, EINTR, strerror } from '../../../wire/errno.ts'
import { decodeRaw } from '../../core/output.ts'
import { isName } from '../grammar/index.ts'
import type { Shell } from '../shell.ts'
import type { Builtin } from './index.ts'
import { readOptions } from './options.ts'

/** What `read` was asked to do. */
interface Reading {
  readonly fd: number
  readonly delimiter: number
  /** Stop after so many characters; Infinity: at the delimiter only. */
  readonly count: number
  /** Backslashes are plain characters. */
  readonly raw: boolean
  /** When it gives up, nanoseconds. */
  readonly deadline: number
}

interface Line {
  /** Characters that a backslash protects from splitting are marked in `quoted`. */
  readonly text: string
  readonly quoted: readonly boolean[]
  readonly end: 'delimiter' | 'end' | 'timeout' | number
}

/** Status when the time is up: SIGALRM's, as bash has it. */
const TIMED_OUT = 142

export const read: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'ersd:n:p:t:u:')
  if (parsed === null) return 2
  const { options, operands } = parsed
  for (const name of operands) {
    if (isName(name)) continue
    await shell.complain(`read: \`${name}': not a valid identifier`)
    return 1
  }
  const reading = await readingOf(shell, options)
  if (reading === null) return 1
  const terminal = shell.process.terminal(reading.fd)
  const prompt = options.get('p')
  if (prompt !== undefined && terminal !== null) await shell.write(2, prompt)
  const silent = options.has('s') && terminal?.termios.echo === true
  if (silent && terminal !== null) shell.process.setTermios(terminal, { echo: false })
  const line = await readLine(shell, reading)
  if (silent && terminal !== null) shell.process.setTermios(terminal, { echo: true })
  if (typeof line.end === 'number') {
    await shell.complain(`read: read error: ${reading.fd}: ${strerror(line.end)}`)
    return 1
  }
  if (line.end === 'timeout') return TIMED_OUT
  assign(shell, line, operands)
  return line.end === 'delimiter' ? 0 : 1
}

const readingOf = async (shell: Shell, options: ReadonlyMap<string, string | undefined>): Promise<Reading | null> => {
  const timeout = options.get('t')
  const count = options.get('n')
  const fd = options.get('u')
  if (timeout !== undefined && !/^\d*\.?\d+$/.test(timeout)) {
    await shell.complain(`read: ${timeout}: invalid timeout specification`)
    return null
  }
  for (const number of [count, fd]) {
    if (number === undefined || /^\d+$/.test(number)) continue
    await shell.complain(`read: ${number}: invalid ${number === count ? 'number' : 'file descriptor specification'}`)
    return null
  }
  const { clock } = shell.process.host
  return {
    fd: Number(fd ?? 0),
    delimiter: options.has('d') ? (new TextEncoder().encode(options.get('d') ?? '')[0] ?? 0) : 10,
    count: count === undefined ? Number.POSITIVE_INFINITY : Number(count),
    raw: options.has('r'),
    deadline: timeout === undefined ? Number.POSITIVE_INFINITY : clock.now + Number(timeout) * 1e9,
  }
}

/** One byte, 0 at the end, or a negative errno; -EAGAIN when the time is up. A byte at a time: what follows is for others. */
const readByte = async (shell: Shell, { fd, deadline }: Reading, buf: Uint8Array): Promise<number> => {
  const { promises, host } = shell.process
  for (;;) {
    if (deadline !== Number.POSITIVE_INFINITY) {
      const left = Math.max(0, (deadline - host.clock.now) / 1e6)
      const ready = await promises.pollResult([{ fd, events: Poll.IN }], left)
      if (ready === 0) return -EAGAIN
    }
    const n = await promises.readResult(fd, buf)
    if (n !== -EINTR || shell.interrupted || shell.traps.hasPending) return n
  }
}

const readLine = async (shell: Shell, reading: Reading): Promise<Line> => {
  const buf = new Uint8Array(1)
  let bytes = ''
  const quoted: boolean[] = []
  let escaped = false
  for (;;) {
    if (quoted.length >= reading.count) return line(bytes, quoted, 'delimiter')
    const n = await readByte(shell, reading, buf)
    if (n === -EINTR) return line(bytes, quoted, 'end')
    if (n <= 0) return line(bytes, quoted, n === 0 ? 'end' : n === -EAGAIN ? 'timeout' : n)
    const byte = buf[0] as number
    if (escaped) {
      escaped = false
      // A line that ends in a backslash goes on in the next.
      if (byte === 10) continue
      bytes += String.fromCharCode(byte)
      quoted.push(true)
    } else if (byte === 92 && !reading.raw) escaped = true
    else if (byte === reading.delimiter) return line(bytes, quoted, 'delimiter')
    else if (byte !== 0) {
      bytes += String.fromCharCode(byte)
      quoted.push(false)
    }
  }
}

/** Marks are made for bytes; here they become marks for characters. */
const line = (bytes: string, marks: readonly boolean[], end: Line['end']): Line => {
  const text = decodeRaw(bytes)
  const quoted: boolean[] = []
  let at = 0
  for (const character of text) {
    for (let i = 0; i < character.length; i++) quoted.push(marks[at] ?? false)
    at += /[\udc80-\udcff]/.test(character) ? 1 : new TextEncoder().encode(character).length
  }
  return { text, quoted, end }
}

const assign = (shell: Shell, { text, quoted }: Line, names: readonly string[]): void => {
  const { environment } = shell
  if (names.length === 0) {
    environment.set('REPLY', text)
    return
  }
  const ifs = shell.variables.get('IFS') ?? ' \t\n'
  const isBlank = (i: number): boolean =>
    quoted[i] === false && ifs.includes(text[i] as string) && /\s/.test(text[i] as string)
  const isSeparator = (i: number): boolean => quoted[i] === false && ifs.includes(text[i] as string)
  let at = 0
  while (at < text.length && isBlank(at)) at++
  for (const name of names.slice(0, -1)) {
    const start = at
    while (at < text.length && !isSeparator(at)) at++
    environment.set(name, text.slice(start, at))
    // One separator that is no blank, with blanks round it.
    while (at < text.length && isBlank(at)) at++
    if (at < text.length && isSeparator(at)) at++
    while (at < text.length && isBlank(at)) at++
  }
  environment.set(names.at(-1) as string, lastField(text, at, isBlank, isSeparator))
}

/** What is left, without blanks at its end, and without one separator there if that is the only one. */
const lastField = (
  text: string,
  from: number,
  isBlank: (i: number) => boolean,
  isSeparator: (i: number) => boolean,
): string => {
  let end = text.length
  while (end > from && isBlank(end - 1)) end--
  if (end > from && isSeparator(end - 1)) {
    let others = 0
    for (let i = from; i < end - 1; i++) if (isSeparator(i) && !isBlank(i)) others++
    if (others === 0) end--
  }
  return text.slice(from, end)
}
