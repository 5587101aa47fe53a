/** Commands of nft(8): read first, all of them, then carried out in order. */
import type { HookPoint } from '../../ip/types.ts'
import type { Base, Chain, Policy, Table, TableFamily } from '../chain.ts'
import type { Firewall } from '../firewall.ts'
import type { Known } from '../values.ts'
import type { Cursor } from './cursor.ts'
import { NftError, type Token, unexpected } from './lexer.ts'
import { printTable } from './print.ts'
import { parsePriority } from './priority.ts'
import { type ParsedRule, parseRule } from './rule.ts'

/** Carries out a command; gives what it prints. */
export type Command = () => string

const HOOKS: ReadonlySet<string> = new Set(['prerouting', 'input', 'forward', 'output', 'postrouting'])
const NONE = 'Could not process rule: No such file or directory'
const VERBS: ReadonlySet<string> = new Set(['add', 'create', 'insert', 'delete', 'list', 'flush'])

const isHook = (text: string): text is HookPoint => HOOKS.has(text)

interface TableName {
  readonly family: TableFamily
  readonly token: Token
}

interface ChainBody {
  readonly base: Base | null
  readonly policy: Policy | null
  readonly rules: readonly ParsedRule[]
}

export class Commands {
  readonly #firewall: Firewall
  readonly #cursor: Cursor
  readonly #known: Known
  readonly #handles: boolean

  constructor(firewall: Firewall, cursor: Cursor, known: Known, handles: boolean) {
    this.#firewall = firewall
    this.#cursor = cursor
    this.#known = known
    this.#handles = handles
  }

  /** All commands of the text. Throws `NftError`. */
  read(): Command[] {
    const cursor = this.#cursor
    const out: Command[] = []
    for (cursor.skipEnds(); !cursor.isDone; cursor.skipEnds()) {
      out.push(this.#command())
      if (!cursor.isDone && cursor.token.kind !== 'end') throw unexpected(cursor.token)
    }
    return out
  }

  #command(): Command {
    const cursor = this.#cursor
    const verb = cursor.name()
    if (verb.text === 'table') return this.#addTable(false)
    if (verb.text === 'chain') return this.#addChain(false)
    if (verb.text === 'rule') return this.#addRule('add', verb)
    if (!VERBS.has(verb.text)) throw unexpected(cursor.token, 'string')
    const object = cursor.name()
    const key = `${verb.text} ${object.text}`
    switch (key) {
      case 'add table':
        return this.#addTable(false)
      case 'create table':
        return this.#addTable(true)
      case 'add chain':
        return this.#addChain(false)
      case 'create chain':
        return this.#addChain(true)
      case 'add rule':
        return this.#addRule('add', verb)
      case 'insert rule':
        return this.#addRule('insert', verb)
      case 'delete table':
        return this.#onTable((table) => {
          this.#firewall.removeTable(table)
          return ''
        })
      case 'flush table':
        return this.#onTable((table) => {
          for (const chain of table.chains) chain.rules = []
          return ''
        })
      case 'delete chain':
        return this.#deleteChain()
      case 'flush chain':
        return this.#onChain((_table, chain) => {
          chain.rules = []
          return ''
        })
      case 'delete rule':
        return this.#deleteRule()
      case 'flush ruleset':
        return () => {
          for (const table of [...this.#firewall.tables]) this.#firewall.removeTable(table)
          return ''
        }
      default:
        if (verb.text === 'list') return this.#list(object)
        throw unexpected(object)
    }
  }

  #list(object: Token): Command {
    const { interfaces } = this.#known
    const options = { interfaces, handles: this.#handles }
    const tables = (): readonly Table[] => this.#firewall.tables
    if (object.text === 'ruleset') {
      this.#cursor.end()
      return () =>
        tables()
          .map((table) => printTable(table, options))
          .join('')
    }
    if (object.text === 'tables') {
      this.#cursor.end()
      const handle = (table: Table): string => (this.#handles ? ` # handle ${table.handle}` : '')
      return () =>
        tables()
          .map((table) => `table ${table.family} ${table.name}${handle(table)}\n`)
          .join('')
    }
    if (object.text === 'chains') {
      this.#cursor.end()
      return () =>
        tables()
          .map((table) => printTable(table, options, null, false))
          .join('')
    }
    if (object.text === 'table')
      return this.#onTable((table) => printTable(table, options), 'No such file or directory')
    if (object.text === 'chain')
      return this.#onChain((table, chain) => printTable(table, options, chain), 'No such file or directory')
    throw unexpected(object)
  }

  #tableName(): TableName {
    const cursor = this.#cursor
    const { text } = cursor.token
    const isNamed = text === 'ip' || text === 'ip6' || text === 'inet'
    if (isNamed) cursor.next()
    return { family: isNamed ? text : 'ip', token: cursor.name() }
  }

  #table({ family, token }: TableName, message: string = NONE): Table {
    const table = this.#firewall.table(family, token.text)
    if (table === null) throw new NftError(message, token)
    return table
  }

  #onTable(act: (table: Table) => string, message: string = NONE): Command {
    const name = this.#tableName()
    this.#cursor.end()
    return () => act(this.#table(name, message))
  }

  #chain(table: Table, token: Token, message: string = NONE): Chain {
    const chain = table.chain(token.text)
    if (chain === null) throw new NftError(message, token)
    return chain
  }

  #onChain(act: (table: Table, chain: Chain) => string, message: string = NONE): Command {
    const name = this.#tableName()
    const token = this.#cursor.name()
    this.#cursor.end()
    return () => {
      const table = this.#table(name, message)
      return act(table, this.#chain(table, token, message))
    }
  }

  #deleteChain(): Command {
    const name = this.#tableName()
    const token = this.#cursor.name()
    return () => {
      const table = this.#table(name)
      const chain = this.#chain(table, token)
      const isLed = table.chains.some(({ rules }) => rules.some(({ leadsTo }) => leadsTo === chain.name))
      if (isLed) throw new NftError('Could not process rule: Device or resource busy', token)
      table.chains = table.chains.filter((other) => other !== chain)
      return ''
    }
  }

  #deleteRule(): Command {
    const cursor = this.#cursor
    const name = this.#tableName()
    const token = cursor.name()
    cursor.expect('handle')
    const handle = cursor.number()
    return () => {
      const chain = this.#chain(this.#table(name), token)
      const left = chain.rules.filter((rule) => rule.handle !== handle.value)
      if (left.length === chain.rules.length) throw new NftError(NONE, handle.token)
      chain.rules = left
      return ''
    }
  }

  #addRule(how: 'add' | 'insert', { start }: Token): Command {
    const cursor = this.#cursor
    const name = this.#tableName()
    const token = cursor.name()
    let place: { readonly value: number; readonly token: Token } | null = null
    if (cursor.take('handle') || cursor.take('position')) place = cursor.number()
    const parsed = parseRule(cursor, name.family, this.#known)
    const whole = { start, stop: cursor.last.stop }
    return () => {
      const table = this.#table(name)
      const chain = this.#chain(table, token)
      let at = how === 'add' ? chain.rules.length : 0
      if (place !== null) {
        const { value } = place
        const found = chain.rules.findIndex((rule) => rule.handle === value)
        if (found < 0) throw new NftError(NONE, place.token)
        at = how === 'add' ? found + 1 : found
      }
      this.#put(table, chain, parsed, at, whole)
      return ''
    }
  }

  #put(table: Table, chain: Chain, parsed: ParsedRule, at: number, whole: { start: number; stop: number }): void {
    if (parsed.leadsTo !== null && table.chain(parsed.leadsTo.text) === null) throw new NftError(NONE, parsed.leadsTo)
    chain.rules.splice(at, 0, this.#firewall.makeRule(table, parsed.statements, parsed.comment))
    if (this.#firewall.hasLoop(table)) throw new NftError('Could not process rule: Too many links', whole)
  }

  #addChain(isNew: boolean): Command {
    const name = this.#tableName()
    const token = this.#cursor.name()
    const body = this.#cursor.is('{') ? this.#chainBody(name.family) : { base: null, policy: null, rules: [] }
    return () => {
      const table = this.#table(name)
      this.#makeChain(table, token, body, isNew)
      this.#fill(table, token, body)
      return ''
    }
  }

  #makeChain(table: Table, token: Token, { base, policy }: ChainBody, isNew: boolean): void {
    const found = table.chain(token.text)
    if (found === null) {
      this.#firewall.addChain(table, token.text, base, policy ?? 'accept')
      return
    }
    if (isNew) throw new NftError('Could not process rule: File exists', token)
    const same = base === null || (found.base?.hook === base.hook && found.base.priority === base.priority)
    if (!same) throw new NftError('Could not process rule: Device or resource busy', token)
    if (policy !== null) found.policy = policy
  }

  #fill(table: Table, token: Token, { rules }: ChainBody): void {
    const chain = this.#chain(table, token)
    for (const rule of rules) this.#put(table, chain, rule, chain.rules.length, token)
  }

  #chainBody(family: TableFamily): ChainBody {
    const cursor = this.#cursor
    cursor.expect('{')
    let base: Base | null = null
    let policy: Policy | null = null
    const rules: ParsedRule[] = []
    for (cursor.skipEnds(); !cursor.take('}'); cursor.skipEnds()) {
      if (cursor.take('type')) base = this.#base()
      else if (cursor.take('policy')) {
        const token = cursor.next()
        if (token.text !== 'accept' && token.text !== 'drop') throw unexpected(token)
        policy = token.text
      } else if (cursor.isDone) throw unexpected(cursor.token)
      else rules.push(parseRule(cursor, family, this.#known))
    }
    return { base, policy, rules }
  }

  #base(): Base {
    const cursor = this.#cursor
    const type = cursor.name()
    // Chains of the types nat and route change packets, which nothing here does.
    if (type.text !== 'filter') throw new NftError('unknown chain type', type)
    cursor.expect('hook')
    const hook = cursor.name()
    if (!isHook(hook.text)) throw new NftError('unknown chain hook', hook)
    cursor.expect('priority')
    const first = cursor.token
    const words: string[] = []
    while (cursor.token.kind === 'word') words.push(cursor.next().text)
    const priority = parsePriority(words)
    if (priority === null)
      throw words.length === 0 ? unexpected(first) : new NftError('invalid priority expression', first)
    return { type: 'filter', hook: hook.text, priority }
  }

  #addTable(isNew: boolean): Command {
    const cursor = this.#cursor
    const name = this.#tableName()
    const chains: { readonly token: Token; readonly body: ChainBody }[] = []
    if (cursor.take('{')) {
      for (cursor.skipEnds(); !cursor.take('}'); cursor.skipEnds()) {
        if (!cursor.take('chain')) throw unexpected(cursor.token)
        chains.push({ token: cursor.name(), body: this.#chainBody(name.family) })
      }
    }
    return () => {
      const found = this.#firewall.table(name.family, name.token.text)
      if (found !== null && isNew) throw new NftError('Could not process rule: File exists', name.token)
      const table = found ?? this.#firewall.addTable(name.family, name.token.text)
      // All chains first: rules may jump to those that come later.
      for (const { token, body } of chains) this.#makeChain(table, token, body, false)
      for (const { token, body } of chains) this.#fill(table, token, body)
      return ''
    }
  }
}
