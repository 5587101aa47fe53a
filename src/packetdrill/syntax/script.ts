import type { Action, Script, ScriptEvent, ScriptOption, TimeSpec } from './ast.ts'
import { call } from './call.ts'
import { code } from './code.ts'
import { packet } from './packet.ts'
import { Scanner } from './scanner.ts'
import { blockingEnd, time } from './time.ts'

const ANY: TimeSpec = { kind: 'any', from: 0, to: 0 }

/**
 * The events of a script.
 *
 * @throws ScriptError with line and column for text that is no script
 */
export const parseScript = (text: string): Script => {
  const scanner = new Scanner(text)
  const options = scriptOptions(scanner)
  const events: ScriptEvent[] = []
  for (scanner.skip(); !scanner.done; scanner.skip()) events.push(event(scanner))
  return { options, events }
}

const OPTION = /--[a-z_0-9]+(?:=[^\s]*)?/y

const scriptOptions = (scanner: Scanner): ScriptOption[] => {
  const options: ScriptOption[] = []
  for (;;) {
    scanner.skip()
    const { line } = scanner
    const found = scanner.take(OPTION)
    if (found === null) return options
    const equals = found.indexOf('=')
    options.push({
      line,
      name: found.slice(2, equals < 0 ? undefined : equals),
      value: equals < 0 ? '' : found.slice(equals + 1),
    })
  }
}

const event = (scanner: Scanner): ScriptEvent => {
  const { line } = scanner
  // The commands at the start and the end have no time.
  if (scanner.sees('`')) return { line, time: ANY, end: null, action: command(scanner) }
  // A block of code may follow without a time of its own.
  if (scanner.sees('%{')) return { line, time: { kind: 'relative', from: 0, to: 0 }, end: null, action: block(scanner) }
  const start = time(scanner)
  const end = blockingEnd(scanner, start)
  const at = scanner.at
  const action = act(scanner)
  if (end !== null && action.kind !== 'call') throw scanner.error('a system call: nothing else takes time', at)
  return { line, time: start, end, action }
}

const act = (scanner: Scanner): Action => {
  if (scanner.sees('<') || scanner.sees('>')) return packet(scanner)
  if (scanner.sees('`')) return command(scanner)
  return scanner.sees('%{') ? block(scanner) : call(scanner)
}

const command = (scanner: Scanner): Action => {
  const text = scanner.want(/`[^`]*`/y, 'a command that ends with "`"')
  return { kind: 'command', text: text.slice(1, -1) }
}

const block = (scanner: Scanner): Action => {
  scanner.expect('%{', 'before code')
  const from = scanner.at
  const to = scanner.text.indexOf('}%', from)
  if (to < 0) throw scanner.error('"}%" after this code')
  // Padded, so that columns are those of the file.
  const padding = ' '.repeat(scanner.column - 1)
  const statements = code(padding + scanner.text.slice(from, to), scanner.lineOf(from))
  scanner.at = to + 2
  return { kind: 'code', statements }
}
