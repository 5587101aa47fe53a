import { asAssignment } from './assignment.ts'
import type { AndOrList, Assignment, Command, ListItem, Pipeline, Redirection, Script, Word } from './ast.ts'
import { parseCompound, startsCompound } from './compound.ts'
import type { Cursor } from './cursor.ts'
import { Lexer, type OperatorToken, type Token } from './lexer.ts'
import { plainWord, readRedirection } from './redirection.ts'

/** Words that mean something only where a command may start; these are never a command's name. */
const CLOSING = ['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']

const NO_COMMANDS: Script = { items: [] }

/** Recursive descent over the tokens of one cursor. Compound commands are in compound.ts. */
export class Parser {
  readonly lexer: Lexer
  readonly cursor: Cursor
  /** Set inside `$(`: what the end of the text leaves unmatched. */
  readonly #closing: string | undefined

  constructor(cursor: Cursor, closing?: string) {
    this.cursor = cursor
    this.lexer = new Lexer(cursor)
    this.#closing = closing
  }

  /** One line's worth of commands, up to the newline that ends it. Undefined at the end of the text. */
  line(): Script | undefined {
    while (this.isOperator('newline')) this.lexer.next()
    if (this.lexer.peek().kind === 'end') return undefined
    const items: ListItem[] = []
    for (;;) {
      const item = this.#item()
      items.push(item)
      const token = this.lexer.peek()
      if (token.kind === 'end') break
      if (this.isOperator('newline')) {
        // The line is over: what follows is not looked at, so that this line may run before it.
        this.lexer.next()
        break
      }
      if (!item.background && !this.#separated) this.unexpected(token)
    }
    return { items }
  }

  /** Whether the item just read ended with `;`. */
  #separated = false

  #item(): ListItem {
    const list = this.#andOr()
    this.#separated = this.isOperator(';')
    const background = this.isOperator('&')
    if (this.#separated || background) this.lexer.next()
    return { list, background }
  }

  /**
   * Commands and newlines up to a closing word or operator, which is left for the caller.
   * @param empty whether there need not be a command
   */
  list(empty = false): Script {
    const items: ListItem[] = []
    for (;;) {
      this.skipNewlines()
      if (this.#atListEnd()) break
      const item = this.#item()
      items.push(item)
      if (!item.background && !this.#separated && !this.isOperator('newline')) break
    }
    if (items.length === 0) return empty ? NO_COMMANDS : this.unexpected(this.lexer.peek())
    return { items }
  }

  #atListEnd(): boolean {
    const token = this.lexer.peek()
    if (token.kind === 'end') return true
    if (token.kind === 'operator') return [')', ';;', ';&', ';;&'].includes(token.text)
    return token.kind === 'word' && token.plain !== undefined && CLOSING.includes(token.plain)
  }

  skipNewlines(): void {
    while (this.isOperator('newline')) this.lexer.next()
  }

  #andOr(): AndOrList {
    const first = this.#pipeline()
    const rest: { op: '&&' | '||'; pipeline: Pipeline }[] = []
    for (;;) {
      const op = this.isOperator('&&') ? '&&' : this.isOperator('||') ? '||' : undefined
      if (op === undefined) return { first, rest }
      this.lexer.next()
      this.skipNewlines()
      rest.push({ op, pipeline: this.#pipeline() })
    }
  }

  #pipeline(): Pipeline {
    let negated = false
    let timed: Pipeline['timed'] = 'no'
    for (;;) {
      if (this.isReserved('!')) negated = !negated
      else if (this.isReserved('time')) timed = timed === 'posix' ? timed : 'bash'
      else break
      this.lexer.next()
      if (timed === 'bash' && this.isReserved('-p')) {
        this.lexer.next()
        timed = 'posix'
      }
    }
    const prefixed = negated || timed !== 'no'
    if (prefixed && this.#atPipelineEnd()) return { negated, timed, commands: [] }
    const commands = [this.command()]
    while (this.isOperator('|') || this.isOperator('|&')) {
      const both = (this.lexer.next() as OperatorToken).text === '|&'
      const last = commands.length - 1
      if (both) commands[last] = withBothOutputs(commands[last] as Command)
      this.skipNewlines()
      commands.push(this.command())
    }
    return { negated, timed, commands }
  }

  #atPipelineEnd(): boolean {
    return this.lexer.peek().kind === 'end' || ['newline', ';', '&', ')'].some((text) => this.isOperator(text))
  }

  command(): Command {
    const token = this.lexer.peek()
    if (token.kind === 'end') return this.unexpected(token)
    if (startsCompound(token)) {
      this.cursor.enter()
      const command = parseCompound(this, token)
      this.cursor.leave()
      return command
    }
    if (token.kind === 'word' && token.plain !== undefined && CLOSING.includes(token.plain)) this.unexpected(token)
    return this.#simple()
  }

  #simple(): Command {
    const start = this.lexer.peek()
    const assignments: Assignment[] = []
    const words: Word[] = []
    const redirections: Redirection[] = []
    for (;;) {
      const token = this.lexer.peek()
      const redirection = readRedirection(this)
      if (redirection !== undefined) {
        redirections.push(redirection)
        continue
      }
      if (token.kind === 'word') {
        this.lexer.next()
        const assignment = words.length === 0 ? asAssignment(token.word) : undefined
        if (assignment !== undefined) assignments.push(assignment)
        else words.push(token.word)
        continue
      }
      const alone = words.length === 1 && assignments.length === 0 && redirections.length === 0
      if (alone && this.isOperator('(') && start.kind === 'word') {
        this.lexer.next()
        this.expectOperator(')')
        return this.functionBody(plainWord(start), start.line)
      }
      break
    }
    if (assignments.length + words.length + redirections.length === 0) this.unexpected(this.lexer.peek())
    return { kind: 'simple', assignments, words, redirections, line: start.line }
  }

  functionBody(name: string, line: number): Command {
    this.skipNewlines()
    const token = this.lexer.peek()
    if (!startsCompound(token)) this.unexpected(token)
    return { kind: 'function', name, body: this.command(), line }
  }

  redirections(): Redirection[] {
    const found: Redirection[] = []
    for (;;) {
      const redirection = readRedirection(this)
      if (redirection === undefined) return found
      found.push(redirection)
    }
  }

  isOperator(text: string): boolean {
    const token = this.lexer.peek()
    return token.kind === 'operator' && token.text === text
  }

  isReserved(text: string): boolean {
    const token = this.lexer.peek()
    return token.kind === 'word' && token.plain === text
  }

  expectOperator(text: string): void {
    if (!this.isOperator(text)) this.unexpected(this.lexer.peek())
    this.lexer.next()
  }

  expectReserved(text: string): void {
    if (!this.isReserved(text)) this.unexpected(this.lexer.peek())
    this.lexer.next()
  }

  /** Where not even a newline may stand: at the end of the text bash names the one it supplies. */
  expectedWord(token: Token): never {
    if (token.kind === 'end' && this.#closing === undefined) {
      return this.cursor.fail("syntax error near unexpected token `newline'", token.line)
    }
    return this.unexpected(token)
  }

  unexpected(token: Token): never {
    const { cursor } = this
    if (token.kind === 'end') {
      if (this.#closing !== undefined) return cursor.failUnmatched(this.#closing, cursor.endLine())
      return cursor.failAtEnd('syntax error: unexpected end of file')
    }
    const text = token.kind === 'operator' ? token.text : cursor.text.slice(token.start, token.end)
    cursor.pos = token.start
    return cursor.fail(`syntax error near unexpected token \`${text}'`, token.line)
  }
}

/** `a |& b` is `a 2>&1 | b`, with the redirection after the command's own. */
function withBothOutputs(command: Command): Command {
  const both: Redirection = { op: '>&', fd: 2, target: { parts: [{ kind: 'literal', text: '1' }] } }
  if (command.kind === 'function') return { ...command, body: withBothOutputs(command.body) }
  return { ...command, redirections: [...command.redirections, both] }
}
