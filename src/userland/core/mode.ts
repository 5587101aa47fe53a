/** File modes: as `ls -l` shows them and as `chmod` reads them. */
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFSOCK } from '../../host/index.ts'

/** `rwxr-xr-x`, with `s` and `t` for the special bits. */
export const modeLetters = (mode: number): string => {
  const bit = (mask: number, letter: string): string => ((mode & mask) === 0 ? '-' : letter)
  const execute = (mask: number, special: number, letter: string): string => {
    const x = (mode & mask) !== 0
    if ((mode & special) === 0) return x ? 'x' : '-'
    return x ? letter : letter.toUpperCase()
  }
  return [
    bit(0o400, 'r'),
    bit(0o200, 'w'),
    execute(0o100, 0o4000, 's'),
    bit(0o040, 'r'),
    bit(0o020, 'w'),
    execute(0o010, 0o2000, 's'),
    bit(0o004, 'r'),
    bit(0o002, 'w'),
    execute(0o001, 0o1000, 't'),
  ].join('')
}

/** `d`, `l`, `s`, `p`, `c` or `-`. */
export const kindLetter = (mode: number): string => {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return 'd'
    case S_IFLNK:
      return 'l'
    case S_IFSOCK:
      return 's'
    case S_IFIFO:
      return 'p'
    case S_IFCHR:
      return 'c'
    default:
      return '-'
  }
}

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }

/**
 * `644`, `u+x,go-w`, `a=rX`: the new mode, or null when the text is none.
 *
 * @param mode - the present one
 * @param umask - taken off where nobody is named (`+x`)
 * @param isDirectory - for `X`
 */
export const parseMode = (text: string, mode: number, umask: number, isDirectory: boolean): number | null => {
  if (/^[0-7]+$/.test(text)) {
    const value = Number.parseInt(text, 8)
    return value > 0o7777 ? null : value
  }
  let result = mode
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(clause)
    if (match === null) return null
    const [, who = '', actions = ''] = match
    const mask = who === '' ? 0o7777 & ~umask : [...who].reduce((bits, letter) => bits | (WHO[letter] ?? 0), 0)
    for (const [, operator, letters = ''] of actions.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
      const bits = bitsOf(letters, result, isDirectory) & mask
      if (operator === '+') result |= bits
      else if (operator === '-') result &= ~bits
      else result = (result & ~(mask & 0o7777)) | bits
    }
  }
  return result
}

const bitsOf = (letters: string, mode: number, isDirectory: boolean): number => {
  if (letters === 'u' || letters === 'g' || letters === 'o') {
    const three = (mode >> (letters === 'u' ? 6 : letters === 'g' ? 3 : 0)) & 7
    return three * 0o111
  }
  let bits = 0
  for (const letter of letters) {
    if (letter === 'r') bits |= 0o444
    else if (letter === 'w') bits |= 0o222
    else if (letter === 'x') bits |= 0o111
    else if (letter === 'X') bits |= isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0
    else if (letter === 's') bits |= 0o6000
    else bits |= 0o1000
  }
  return bits
}
