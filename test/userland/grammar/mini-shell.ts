import {
  type AndOrList,
  type ExpansionEnvironment,
  ExpansionError,
  expandAssignment,
  expandWords,
  type GlobFiles,
  parse,
  type Script,
} from '../../../src/userland/sh/grammar/index.ts'

/** Just enough of a shell to look at expansions: `dump` shows its arguments, `echo` prints them, `set --` sets them. */
export class MiniShell implements ExpansionEnvironment {
  readonly variables = new Map<string, string>([
    ['HOME', '/home/u'],
    ['PWD', '/base'],
    ['OLDPWD', '/old'],
  ])
  readonly name = '/bin/bash'
  positional: readonly string[] = []
  lastStatus = 0
  readonly pid = 4242
  lastBackgroundPid: number | undefined
  flags = ''
  readonly files: GlobFiles

  constructor(paths: readonly string[] = []) {
    this.files = filesOf(paths)
  }

  get(name: string): string | undefined {
    return this.variables.get(name)
  }

  set(name: string, value: string): void {
    this.variables.set(name, value)
  }

  home(user: string): string | undefined {
    return user === 'root' ? '/root' : undefined
  }

  /** A substitution changes nothing here, as in a subshell. */
  async commandSubstitution(script: Script): Promise<string> {
    const { lastStatus, positional } = this
    const variables = [...this.variables]
    const output = await this.execute(script)
    this.variables.clear()
    for (const [name, value] of variables) this.variables.set(name, value)
    Object.assign(this, { lastStatus, positional })
    return output
  }

  /** What a text prints; `error: …` after it when an expansion fails, as a shell that then exits. */
  async run(text: string): Promise<string> {
    const parsed = parse(text)
    if (!parsed.ok) return `error: ${parsed.message}`
    const printed: string[] = []
    try {
      for (const item of parsed.script.items) printed.push(await this.execute({ items: [item] }))
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error
      printed.push(`error: ${error.message}`)
    }
    return printed.join('')
  }

  async execute(script: Script): Promise<string> {
    let output = ''
    for (const item of script.items) output += await this.#list(item.list)
    return output
  }

  async #list({ first }: AndOrList): Promise<string> {
    const command = first.commands[0]
    if (command?.kind !== 'simple') throw new Error('the mini shell knows simple commands alone')
    const [name, ...args] = await expandWords(command.words, this)
    for (const assignment of command.assignments) this.set(assignment.name, await expandAssignment(assignment, this))
    if (name === 'dump') return `${args.length}${args.map((arg) => `[${arg}]`).join('')}`
    if (name === 'echo') return `${args.join(' ')}\n`
    if (name === 'unset') for (const arg of args) this.variables.delete(arg)
    if (name === 'set' && args[0] === '--') this.positional = args.slice(1)
    else if (name === 'set') this.flags = args.join('').replaceAll('-', '')
    return ''
  }
}

function filesOf(paths: readonly string[]): GlobFiles {
  /** Without `.`, `..` and doubled slashes; empty for the working directory. */
  const clean = (path: string): string => {
    const names: string[] = []
    for (const name of path.split('/')) {
      if (name === '..') names.pop()
      else if (name !== '' && name !== '.') names.push(name)
    }
    return names.join('/')
  }
  const within = (path: string): string => (clean(path) === '' ? '' : `${clean(path)}/`)
  return {
    entries(path) {
      if (path.startsWith('/')) return undefined
      const base = within(path)
      const inside = paths.filter((name) => name.startsWith(base))
      return [...new Set(inside.map((name) => name.slice(base.length).split('/')[0] as string))]
    },
    exists: (path) => paths.some((name) => name === clean(path) || name.startsWith(within(path))),
    isDirectory: (path) => paths.some((name) => name.startsWith(within(path))),
  }
}
