/** PS1 and its kin: bash's backslash escapes, then parameters and substitutions. */

import { dateText } from '../core/date-format.ts'
import { INVISIBLE_END, INVISIBLE_START } from './editor/view.ts'
import type { Shell } from './shell.ts'
import { expandPrompt } from './trace.ts'

/** A value that must not be expanded again: `$`, backquote and backslash are escaped. */
const literal = (text: string): string => text.replace(/[\\$`"]/g, (c) => `\\${c}`)

export const promptText = async (shell: Shell, source: string): Promise<string> => {
  let text = ''
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string
    if (c !== '\\' || i + 1 >= source.length) {
      text += c
      continue
    }
    const octal = /^[0-7]{3}/.exec(source.slice(i + 1))
    if (octal !== null) {
      text += String.fromCharCode(Number.parseInt(octal[0], 8))
      i += 3
    } else text += escapeText(shell, source[++i] as string)
  }
  const { lastStatus } = shell
  try {
    return (await expandPrompt(shell, text)).replaceAll('\\"', '"')
  } finally {
    shell.lastStatus = lastStatus
  }
}

const escapeText = (shell: Shell, letter: string): string => {
  const { process } = shell
  const { hostname } = process.host
  switch (letter) {
    case 'u':
      return literal(process.user)
    case 'h':
      return literal(hostname.split('.')[0] ?? '')
    case 'H':
      return literal(hostname)
    case 'w':
      return literal(tilde(shell))
    case 'W': {
      const dir = tilde(shell)
      return literal(dir === '~' || dir === '/' ? dir : dir.slice(dir.lastIndexOf('/') + 1))
    }
    case '$':
      return process.uid === 0 ? '#' : '\\$'
    case 's':
      return literal(shell.messageName)
    case 'v':
    case 'V':
      return letter === 'v' ? '5.2' : '5.2.15'
    case 'n':
      return '\n'
    case 'r':
      return '\r'
    case 'a':
      return '\x07'
    case 'e':
      return '\x1b'
    case '[':
      return INVISIBLE_START
    case ']':
      return INVISIBLE_END
    case 'j':
      return String(shell.jobs.jobs.length)
    case '!':
    case '#':
      return String((shell.history?.first ?? 1) + (shell.history?.lines.length ?? 0))
    case 'l':
      return `pts/${process.controllingTerminal?.number ?? 0}`
    case '\\':
      return '\\\\'
    default:
      return timeEscape(shell, letter) ?? `\\\\${literal(letter)}`
  }
}

const timeEscape = (shell: Shell, letter: string): string | undefined => {
  const date = new Date(shell.now * 1000)
  switch (letter) {
    case 't':
      return dateText(date, '%H:%M:%S')
    case 'T':
      return dateText(date, '%I:%M:%S')
    case '@':
      return dateText(date, '%I:%M %p')
    case 'A':
      return dateText(date, '%H:%M')
    case 'd':
      return dateText(date, '%a %b %d')
    default:
      return undefined
  }
}

/** The working directory with `~` for the home directory. */
const tilde = (shell: Shell): string => {
  const dir = shell.variables.get('PWD') ?? shell.process.cwd
  const home = shell.variables.get('HOME')
  if (home === undefined || home === '/' || home === '') return dir
  return dir === home ? '~' : dir.startsWith(`${home}/`) ? `~${dir.slice(home.length)}` : dir
}
