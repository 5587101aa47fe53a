/** What Node prints on standard error when an error ends a process. */
import fs from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { LOADER_URL, nodeInternals } from '../loader/index.ts'

const FRAME = /^ {4}at (?:.*\()?((?:file:\/\/)?(?:\/|[A-Za-z]:)[^()\n]*?):(\d+):(\d+)\)?$/

/** Files of ours: they stand in the stack where Node's own loader would. */
const OWN: readonly string[] = [new URL('.', import.meta.url).href, LOADER_URL].flatMap((url) => [
  url,
  fileURLToPath(url),
])

const isFrame = (line: string): boolean => line.startsWith('    at ')
const isOwn = (line: string): boolean => OWN.some((prefix) => line.includes(prefix))

/** The line that an error comes from, with a caret below: `file:line`, the line, the caret. */
const arrowOf = (error: object, isThrown: boolean): string | null => {
  const { arrowMessage } = nodeInternals()
  const kept = arrowMessage === null ? undefined : (error as Record<symbol, unknown>)[arrowMessage]
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : ''
  // Compilers put the line into the stack itself.
  if (typeof kept === 'string') return stack.startsWith(kept) ? null : kept
  const top = stack.split('\n').find(isFrame)
  const frame = top === undefined || isOwn(top) ? null : FRAME.exec(top)
  if (frame === null) return null
  const [, file = '', line = '', column = ''] = frame
  const shown = lineOf(file, Number(line))
  if (shown === undefined) return null
  const before = shown.slice(0, Number(column) - 1)
  // V8 points at the statement for what is thrown, at the construction for what is rejected.
  const statement = isThrown ? /\bthrow\s+(?:new\s+)?$/.exec(before) : null
  const at = statement === null ? before : before.slice(0, statement.index)
  return `${file}:${line}\n${shown}\n${at.replace(/[^\t]/g, ' ')}^\n`
}

const lineOf = (file: string, line: number): string | undefined => {
  try {
    return fs.readFileSync(file.startsWith('file:') ? fileURLToPath(file) : file, 'utf8').split('\n')[line - 1]
  } catch {
    return undefined
  }
}

const text = (reason: unknown): string => {
  try {
    return typeof reason === 'object' && reason !== null ? inspect(reason) : String(reason)
  } catch {
    return '<unprintable>'
  }
}

/** What is uncaught when nobody handles a rejection: the reason if it is an error, else one that quotes it. */
export const errorOfRejection = (reason: unknown): unknown => {
  if (reason instanceof Error) return reason
  const error = new Error(
    `This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${text(reason)}".`,
  )
  Object.defineProperty(error, 'name', { value: 'UnhandledPromiseRejection', writable: true, configurable: true })
  error.stack = (error.stack ?? '').replace(/^Error/, 'UnhandledPromiseRejection')
  return Object.assign(error, { code: 'ERR_UNHANDLED_REJECTION' })
}

/** The whole message, with Node's version at its end. `isThrown`: not by a rejected promise. */
export const fatalMessage = (error: unknown, isThrown: boolean): string => {
  const arrow = typeof error === 'object' && error !== null ? arrowOf(error, isThrown) : null
  const shown = typeof error === 'string' ? error : inspect(error)
  const lines = shown.split('\n').map((line) => (isFrame(line) && isOwn(line) ? null : line))
  // The last frame of a stack may open the properties of the error.
  const end = lines.lastIndexOf(null)
  const cut = shown.split('\n')[end] ?? ''
  if (end >= 0 && cut.endsWith(' {')) {
    const before = lines.slice(0, end).findLastIndex((line) => line !== null)
    lines[before] = `${lines[before]} {`
  }
  const hint =
    error instanceof Error ? '' : '\n(Use `node --trace-uncaught ...` to show where the exception was thrown)'
  const body = lines.filter((line) => line !== null).join('\n')
  return `${arrow === null ? '' : `${arrow}\n`}${body}${hint}\n\nNode.js ${process.version}\n`
}
