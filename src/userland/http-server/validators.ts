/** Entity tags and the conditions of a request (RFC 9110 8.8, 13). Pure. */
import { parseHttpDate } from './date.ts'
import type { Fields } from './request.ts'

/** What identifies a version of a resource; absent for what the server makes up. */
export interface Validators {
  /** With quotes, and `W/` when weak. */
  readonly etag: string | null
  /** Milliseconds, whole seconds. */
  readonly modified: number | null
}

const hex = (n: number): string => Math.floor(n).toString(16)

/**
 * Inode, size and time of change. Within a second of a change the file may change again without a trace in Last-Modified:
 * until then the tag is weak (RFC 9110 8.8.1, 8.8.2.2).
 */
export const validatorsOf = (file: { size: number; mtime: number; inode: number }, now: number): Validators => ({
  etag: `${now - file.mtime < 1000 ? 'W/' : ''}"${hex(file.inode)}-${hex(file.size)}-${hex(file.mtime * 1000)}"`,
  // RFC 9110 8.8.2.1: never later than the response's Date.
  modified: Math.floor(Math.min(file.mtime, now) / 1000) * 1000,
})

const TAGS = /^(?:[ \t,]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*[ \t,]*$/
const opaque = (tag: string): string => tag.replace(/^W\//, '')

/** RFC 9110 8.8.3.2. A list that is none matches nothing. */
const matches = (list: string, tag: string | null, isWeakEnough: boolean): boolean => {
  if (list === '*') return true
  if (tag === null || !TAGS.test(list)) return false
  const given: readonly string[] = list.match(/(?:W\/)?"[^"]*"/g) ?? []
  if (isWeakEnough) return given.some((one) => opaque(one) === opaque(tag))
  return !tag.startsWith('W/') && given.includes(tag)
}

/** 412, 304, or 200: go on. In the order of RFC 9110 13.2.2. For GET and HEAD, the only methods with an action. */
export const evaluate = (fields: Fields, { etag, modified }: Validators, now: number): 200 | 304 | 412 => {
  const ifMatch = fields.get('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, false)) return 412
  } else {
    const since = dateOf(fields, 'if-unmodified-since', now)
    if (since !== null && modified !== null && modified > since) return 412
  }
  const ifNoneMatch = fields.get('if-none-match')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, true) ? 304 : 200
  const since = dateOf(fields, 'if-modified-since', now)
  return since !== null && modified !== null && modified <= since ? 304 : 200
}

const dateOf = (fields: Fields, name: string, now: number): number | null => {
  const [value, second] = fields.all(name)
  return value === undefined || second !== undefined ? null : parseHttpDate(value, now)
}

/** Whether Range counts: no If-Range, or one that holds (strong comparison, exact date; RFC 9110 13.1.5). */
export const rangeHolds = (fields: Fields, { etag, modified }: Validators, now: number): boolean => {
  const condition = fields.get('if-range')
  if (condition === undefined) return true
  if (/^(?:W\/)?"/.test(condition)) return etag !== null && !etag.startsWith('W/') && condition === etag
  const date = parseHttpDate(condition, now)
  // A date that is no strong validator yet does not count (13.1.5, 8.8.2.2).
  return date !== null && modified !== null && date === modified && now - modified >= 1000
}
