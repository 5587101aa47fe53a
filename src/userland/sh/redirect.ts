/** Redirections: opening, duplicating and closing descriptors, and putting them back. */
import { S_IFMT, S_IFREG, SystemError } from '../../host/index.ts'
import { O_APPEND, O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../socket/file.ts'
import { EAGAIN, EBADF, EEXIST, strerror } from '../../wire/errno.ts'
import { openNetwork } from './dev-tcp.ts'
import { expandDocument, expandString, expandWord, type Redirection, type Word, wordText } from './grammar/index.ts'
import type { Shell } from './shell.ts'

/** Descriptors as they were: undone in reverse order. */
export class Saved {
  readonly #shell: Shell
  readonly #entries: { readonly fd: number; readonly copy: number | null; readonly cloexec: boolean }[] = []

  constructor(shell: Shell) {
    this.#shell = shell
  }

  /** Remember what `fd` is, once. */
  save(fd: number): void {
    if (this.#entries.some((entry) => entry.fd === fd)) return
    const { descriptors } = this.#shell.process
    const file = descriptors.get(fd)
    const copy = file === null ? null : descriptors.install(file, true, 10)
    this.#entries.push({ fd, copy: copy === null || copy < 0 ? null : copy, cloexec: descriptors.isCloexec(fd) })
  }

  undo(): void {
    const { process } = this.#shell
    for (const { fd, copy, cloexec } of this.#entries.splice(0).reverse()) {
      const file = copy === null ? null : process.descriptors.get(copy)
      if (file === null) process.close(fd)
      else process.descriptors.replace(fd, file, cloexec)
      if (copy !== null) process.close(copy)
    }
  }

  /** They stay as they are now (`exec > file`). */
  forget(): void {
    for (const { copy } of this.#entries.splice(0)) if (copy !== null) this.#shell.process.close(copy)
  }
}

/**
 * Carry out redirections from left to right. Null when one failed: the user has been told, and what was done before it is
 * undone. `saved` null: nothing needs to come back (a forked child).
 */
export const redirect = async (
  shell: Shell,
  redirections: readonly Redirection[],
  saved: Saved | null,
): Promise<boolean> => {
  for (const redirection of redirections) {
    const message = await applyOne(shell, redirection, saved)
    if (message === null) continue
    await shell.complain(message)
    saved?.undo()
    return false
  }
  return true
}

/** Null, or the complaint. */
const applyOne = async (shell: Shell, redirection: Redirection, saved: Saved | null): Promise<string | null> => {
  switch (redirection.op) {
    case '<<':
    case '<<-':
      return hereText(shell, redirection.fd, await expandDocument(redirection.body, shell.environment), saved)
    case '<<<': {
      const text = await expandString(redirection.target, shell.environment)
      return hereText(shell, redirection.fd, `${text}\n`, saved)
    }
    case '<&':
    case '>&':
      return duplicate(shell, redirection.op, redirection.fd, redirection.target, saved)
    case '&>':
    case '&>>': {
      const error = await openOnto(shell, 1, redirection.target, redirection.op === '&>' ? '>' : '>>', saved)
      return error ?? put(shell, 2, 1, saved)
    }
    default:
      return openOnto(shell, redirection.fd, redirection.target, redirection.op, saved)
  }
}

type FileOperator = '<' | '>' | '>>' | '>|' | '<>'

const FLAGS: Readonly<Record<FileOperator, number>> = {
  '<': O_RDONLY,
  '>': O_WRONLY | O_CREAT | O_TRUNC,
  '>|': O_WRONLY | O_CREAT | O_TRUNC,
  '>>': O_WRONLY | O_CREAT | O_APPEND,
  '<>': O_RDWR | O_CREAT,
}

/** The one path that a target means, or null if it means none or many. */
const pathOf = async (shell: Shell, target: Word): Promise<string | null> => {
  const fields = await expandWord(target, shell.environment)
  return fields.length === 1 ? (fields[0] as string) : null
}

const openOnto = async (
  shell: Shell,
  fd: number,
  target: Word,
  op: FileOperator,
  saved: Saved | null,
): Promise<string | null> => {
  const path = await pathOf(shell, target)
  if (path === null) return `${wordText(target)}: ambiguous redirect`
  const opened = await openFile(shell, path, op)
  if (opened === -EEXIST && op === '>') return `${path}: cannot overwrite existing file`
  if (opened < 0) return `${path}: ${strerror(opened)}`
  return move(shell, opened, fd, saved)
}

const openFile = async (shell: Shell, path: string, op: FileOperator): Promise<number> => {
  const { process } = shell
  const network = await openNetwork(shell, path)
  if (network !== null) return network
  let flags = FLAGS[op]
  if (op === '>' && shell.options.has('noclobber')) {
    const stat = process.stat(path)
    if (typeof stat === 'number') flags |= O_EXCL
    else if ((stat.mode & S_IFMT) === S_IFREG) return -EEXIST
  }
  try {
    return await process.promises.open(path, flags, 0o666)
  } catch (error) {
    if (error instanceof SystemError) return error.errno
    throw error
  }
}

/** `opened` becomes `fd`. */
const move = (shell: Shell, opened: number, fd: number, saved: Saved | null): string | null => {
  const { descriptors } = shell.process
  if (opened === fd) {
    // It was closed before and shall be so again.
    saved?.save(fd)
    descriptors.setCloexec(fd, false)
    return null
  }
  const file = descriptors.get(opened)
  saved?.save(fd)
  const result = file === null ? -EBADF : descriptors.replace(fd, file)
  shell.process.close(opened)
  return result < 0 ? `${fd}: ${strerror(result)}` : null
}

/** `fd` becomes a copy of `source`. */
const put = (shell: Shell, fd: number, source: number, saved: Saved | null): string | null => {
  const { descriptors } = shell.process
  const file = descriptors.get(source)
  if (file === null) return `${source}: ${strerror(EBADF)}`
  saved?.save(fd)
  const result = descriptors.replace(fd, file)
  if (result < 0) return `${fd}: ${strerror(result)}`
  descriptors.setCloexec(fd, false)
  return null
}

const duplicate = async (
  shell: Shell,
  op: '<&' | '>&',
  fd: number,
  target: Word,
  saved: Saved | null,
): Promise<string | null> => {
  const text = await pathOf(shell, target)
  if (text === null) return `${wordText(target)}: ambiguous redirect`
  if (text === '-') {
    saved?.save(fd)
    shell.process.close(fd)
    return null
  }
  const match = /^([0-9]+)(-?)$/.exec(text)
  if (match === null) {
    if (op === '<&' || fd !== 1) return `${text}: ambiguous redirect`
    return (await openOnto(shell, 1, target, '>', saved)) ?? put(shell, 2, 1, saved)
  }
  const source = Number(match[1])
  const error = put(shell, fd, source, saved)
  if (error === null && match[2] === '-' && source !== fd) {
    saved?.save(source)
    shell.process.close(source)
  }
  return error
}

/** A here-document or here-string: a pipe when it fits, else a file without a name. */
const hereText = async (shell: Shell, fd: number, text: string, saved: Saved | null): Promise<string | null> => {
  const { process } = shell
  const bytes = new TextEncoder().encode(text)
  const pipe = process.pipe(O_CLOEXEC)
  if (typeof pipe === 'number') return `cannot create temp file for here-document: ${strerror(pipe)}`
  const [reader, writer] = pipe
  const written = bytes.length === 0 ? 0 : process.write(writer, bytes)
  process.close(writer)
  if (written === bytes.length) return move(shell, reader, fd, saved)
  process.close(reader)
  if (written < 0 && written !== -EAGAIN) return `here-document: ${strerror(written)}`
  const path = `/tmp/sh-thd.${process.pid}`
  const error = process.writeFile(path, bytes, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  const opened = error < 0 ? error : process.open(path, O_RDONLY)
  if (opened < 0) return `cannot create temp file for here-document: ${strerror(opened)}`
  process.unlink(path)
  return move(shell, opened, fd, saved)
}
