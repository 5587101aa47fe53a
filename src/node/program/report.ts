/** What Node prints on standard error when an error ends a process. */
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { nodeInternals } from '../loader/index.ts'

const FRAME = /(?:\(|at )((?:file:\/\/)?(?:\/|[A-Za-z]:)[^()\n]*?):(\d+):(\d+)\)?$/m

/** The line that an error comes from, with a caret below: `file:line`, the line, the caret. */
const arrowOf = (error: object, isThrown: boolean): string | null => {
  const { arrowMessage } = nodeInternals()
  const kept = arrowMessage === null ? undefined : (error as Record<symbol, unknown>)[arrowMessage]
  if (typeof kept === 'string') return kept
  const frame = error instanceof Error && typeof error.stack === 'string' ? FRAME.exec(error.stack) : null
  if (frame === null) return null
  const [, file = '', line = '', column = ''] = frame
  try {
    const text = fs.readFileSync(file.startsWith('file:') ? fileURLToPath(file) : file, 'utf8').split('\n')[
      Number(line) - 1
    ]
    if (text === undefined) return null
    const before = text.slice(0, Number(column) - 1)
    // V8 points at the statement for what is thrown, at the construction for what is rejected.
    const statement = isThrown ? /\bthrow\s+(?:new\s+)?$/.exec(before) : null
    const at = statement === null ? before : before.slice(0, statement.index)
    return `${file}:${line}\n${text}\n${at.replace(/[^\t]/g, ' ')}^`
  } catch {
    return null
  }
}

const rejection = (reason: unknown): Error => {
  const error = new Error(
    `This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${text(reason)}".`,
  )
  error.name = 'UnhandledPromiseRejection'
  Object.defineProperty(error, 'code', { value: 'ERR_UNHANDLED_REJECTION', enumerable: true })
  return error
}

const text = (reason: unknown): string => {
  try {
    return typeof reason === 'object' && reason !== null ? inspect(reason) : String(reason)
  } catch {
    return '<unprintable>'
  }
}

/** What is uncaught when nobody handles a rejection: the reason if it is an error, else one that quotes it. */
export const errorOfRejection = (reason: unknown): unknown => (reason instanceof Error ? reason : rejection(reason))

/** The whole message, with Node's version at its end. `isThrown`: not by a rejected promise. */
export const fatalMessage = (error: unknown, isThrown: boolean): string => {
  const isObject = typeof error === 'object' && error !== null
  const arrow = isObject ? arrowOf(error, isThrown) : null
  const shown =
    error instanceof Error ? inspect(error) : isObject ? `Uncaught:\n${inspect(error)}` : `Uncaught:\n${inspect(error)}`
  const hint =
    error instanceof Error ? '' : '\n(Use `node --trace-uncaught ...` to show where the exception was thrown)'
  return `${arrow === null ? '' : `${arrow}\n\n`}${shown}${hint}\n\nNode.js ${process.version}\n`
}
