/** Completion in the shell: commands, files, variables, users' homes, and hosts for programs that take one. */
import { S_IFDIR, S_IFMT } from '../../host/index.ts'
import { type Candidate, type Completer, commonStart } from './editor/completion.ts'
import { KEYWORDS, pathOf } from './lookup.ts'
import type { Shell } from './shell.ts'

/** Programs whose operands are hosts. */
const TAKES_HOST = ['telnet', 'ping', 'nc', 'netcat', 'ncat', 'curl', 'ssh', 'host', 'getent']

export const createCompleter =
  (shell: Shell): Completer =>
  (before) => {
    const start = wordStart(before)
    const word = before.slice(start)
    const [position, command] = placeOf(before.slice(0, start))
    let candidates: Candidate[]
    if (word.startsWith('$')) candidates = variables(shell, word)
    else if (position === 'command' && !word.includes('/')) candidates = commands(shell, word)
    else {
      candidates = files(shell, word, position === 'command')
      if (TAKES_HOST.includes(command) && !word.includes('/')) candidates = [...hosts(shell, word), ...candidates]
    }
    const [only] = candidates
    const common =
      candidates.length === 1 && only !== undefined
        ? `${only.text}${only.text.endsWith('/') ? '' : ' '}`
        : commonStart(candidates.map(({ text }) => text))
    return { start, candidates, common }
  }

/** The last word's first character: words end at blanks and operators that are not quoted. */
const wordStart = (text: string): number => {
  let start = 0
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (c === '\\' && quote !== "'") i++
    else if (quote !== '') quote = c === quote ? '' : quote
    else if (c === '"' || c === "'") quote = c
    else if (/[\s|&;()<>]/.test(c) || (c === '=' && /^\w+$/.test(text.slice(start, i)))) start = i + 1
  }
  return start
}

/** Whether a command's name is due after this text, and which command's arguments otherwise. */
const placeOf = (text: string): readonly ['command' | 'argument', string] => {
  const segment = text.split(/[|&;(){}\n]|\b(?:then|do|else|if|while|until)\b|!/).at(-1) ?? ''
  const words = segment
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '' && !/^\w+=/.test(word))
  const isRedirection = /[<>]\s*$/.test(segment)
  const prefix = ['sudo', 'time', 'exec', 'command', 'nohup', 'xargs']
  while (words[0] !== undefined && prefix.includes(words[0])) words.shift()
  return words.length === 0 && !isRedirection ? ['command', ''] : ['argument', words[0] ?? '']
}

const plain = (texts: Iterable<string>, start: string): Candidate[] =>
  [...new Set(texts)]
    .filter((text) => text.startsWith(start))
    .sort()
    .map((text) => ({ text, shown: text }))

const commands = (shell: Shell, word: string): Candidate[] => {
  const names: string[] = [
    ...shell.engine.builtins.keys(),
    ...shell.functions.keys(),
    ...shell.aliases.keys(),
    ...KEYWORDS.filter((keyword) => /^\w/.test(keyword)),
  ]
  for (const dir of pathOf(shell)) {
    const entries = shell.process.readdir(dir)
    if (typeof entries !== 'number') for (const { name, type } of entries) if (type === 'file') names.push(name)
  }
  return plain(
    names.filter((name) => word !== '' || name !== '['),
    word,
  )
}

const variables = (shell: Shell, word: string): Candidate[] => {
  const brace = word.startsWith('${')
  const names = shell.variables.list().map(([name]) => (brace ? `\${${name}}` : `$${name}`))
  return plain(names, word)
}

const hosts = (shell: Shell, word: string): Candidate[] => {
  const text = shell.process.host.names.file('/etc/hosts') ?? ''
  const names = text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
  return word.startsWith('-') ? [] : plain(names, word)
}

/** Without the quotes and backslashes that were typed. */
const unquote = (word: string): string => word.replace(/\\(.)/g, '$1').replace(/["']/g, '')

const quote = (name: string): string => name.replace(/[\s|&;()<>\\"'$`*?[\]#~!{}]/g, (c) => `\\${c}`)

const files = (shell: Shell, word: string, executableOnly: boolean): Candidate[] => {
  const path = unquote(word)
  const slash = path.lastIndexOf('/') + 1
  const [dir, start] = [path.slice(0, slash), path.slice(slash)]
  const home = shell.variables.get('HOME') ?? '/'
  const place = dir === '' ? '.' : dir.replace(/^~\//, `${home}/`)
  const entries = shell.process.readdir(place)
  if (typeof entries === 'number') return []
  const found: Candidate[] = []
  for (const { name } of entries) {
    if (!name.startsWith(start) || name === '.' || name === '..') continue
    if (name.startsWith('.') && start === '') continue
    const stat = shell.process.stat(`${place}/${name}`)
    const isDirectory = typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR
    if (executableOnly && !isDirectory && typeof stat !== 'number' && (stat.mode & 0o111) === 0) continue
    const end = isDirectory ? '/' : ''
    found.push({ text: `${dir.startsWith('~') ? dir : quote(dir)}${quote(name)}${end}`, shown: `${name}${end}` })
  }
  return found.sort((a, b) => (a.text < b.text ? -1 : 1))
}
