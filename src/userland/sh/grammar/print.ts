import type {
  AndOrList,
  Assignment,
  BothRedirection,
  CaseArm,
  Command,
  Conditional,
  ForCommand,
  FunctionDefinition,
  HereDocument,
  IfCommand,
  ListItem,
  Pipeline,
  Redirection,
  Script,
  SimpleCommand,
  WhileCommand,
  Word,
  WordPart,
} from './ast.ts'
import { singleQuote } from './quoting.ts'

/**
 * Commands reprinted from their tree, as bash does for `jobs`, `type` and `declare -f` (its print_cmd.c): single
 * spaces, ` | ` round pipes, quotes kept, compound commands over several lines with four columns of indent.
 */

interface Layout {
  readonly indent: number
  /** Within a function every command of a list has its own line. */
  readonly inFunction: boolean
}

const STEP = 4
const PLAIN: Layout = { indent: 0, inFunction: false }

/** The text of a command, without the `&` that may follow it. */
export function commandText(node: Script | AndOrList | Pipeline | Command): string {
  return printNode(node, PLAIN)
}

/** The text of a job: bash drops the `!` of a background command that stands alone. */
export function jobText(list: AndOrList): string {
  const { commands } = list.first
  const alone = list.rest.length === 0 && commands.length > 0 && (commands.length > 1 || commands[0]?.kind === 'simple')
  return commandText(alone ? { ...list, first: { ...list.first, negated: false } } : list)
}

/** A function as `declare -f` and `type` print it. */
export function functionText({ name, body }: FunctionDefinition): string {
  return `${name} () \n${functionBody(body, PLAIN)}`
}

function printNode(node: Script | AndOrList | Pipeline | Command, at: Layout): string {
  if ('items' in node) return printScript(node, at)
  if ('first' in node) return printAndOr(node, at)
  return 'commands' in node ? printPipeline(node, at) : printCommand(node, at)
}

function printScript({ items }: Script, at: Layout): string {
  let text = ''
  items.forEach((item: ListItem, index) => {
    text += printAndOr(item.list, at)
    const last = index === items.length - 1
    if (item.background) text += last ? ' &' : ' & '
    else if (!last) text += (text.endsWith('\n') ? '' : ';') + (at.inFunction ? newline(at) : ' ')
  })
  return text
}

function printAndOr({ first, rest }: AndOrList, at: Layout): string {
  return printPipeline(first, at) + rest.map(({ op, pipeline }) => ` ${op} ${printPipeline(pipeline, at)}`).join('')
}

function printPipeline({ negated, timed, commands }: Pipeline, at: Layout): string {
  const words = [
    ...(timed === 'no' ? [] : timed === 'posix' ? ['time', '-p'] : ['time']),
    ...(negated ? ['!'] : []),
    commands.map((command) => printCommand(command, at)).join(' | '),
  ]
  return words.filter((word) => word !== '').join(' ')
}

function printCommand(command: Command, at: Layout): string {
  switch (command.kind) {
    case 'simple':
      return printSimple(command)
    case 'function':
      return `function ${command.name} () ${newline(at)}${functionBody(command.body, at)}`
    default: {
      const { headers, bodies } = printRedirections(command.redirections)
      return [printCompound(command, at), ...headers].join(' ') + bodies
    }
  }
}

function printSimple({ assignments, words, redirections }: SimpleCommand): string {
  const { headers, bodies } = printRedirections(redirections)
  return [...assignments.map(assignmentText), ...words.map(wordText), ...headers].join(' ') + bodies
}

function printCompound(command: Exclude<Command, SimpleCommand | FunctionDefinition>, at: Layout): string {
  switch (command.kind) {
    case 'group': {
      if (!at.inFunction) return `{ ${terminated(printScript(command.body, at))} }`
      const inner = deeper(at)
      return `{ ${newline(inner)}${printScript(command.body, inner)}${newline(at)}}`
    }
    case 'subshell':
      return `( ${printScript(command.body, at)} )`
    case 'if':
      return printIf(command.branches, command.otherwise, at)
    case 'while':
      return printWhile(command, at)
    case 'for':
      return printFor(command, at)
    case 'arithmetic-for': {
      const header = `for ((${expression(command.init)}; ${expression(command.test)}; ${expression(command.step)}))`
      return header + newline(at) + doGroup(command.body, at)
    }
    case 'case':
      return `case ${wordText(command.subject)} in ${command.arms.map((arm) => printArm(arm, deeper(at))).join('')}${newline(at)}esac`
    case 'arithmetic':
      return `((${command.source}))`
    case 'conditional':
      return `[[ ${conditionalText(command.expression)} ]]`
  }
}

function conditionalText(expression: Conditional): string {
  switch (expression.op) {
    case 'word':
      return wordText(expression.word)
    case 'unary':
      return `${expression.operator} ${wordText(expression.word)}`
    case 'binary':
      return `${wordText(expression.left)} ${expression.operator} ${wordText(expression.right)}`
    case 'not':
      return `! ${conditionalText(expression.inner)}`
    case 'group':
      return `( ${conditionalText(expression.inner)} )`
    default:
      return `${conditionalText(expression.left)} ${expression.op} ${conditionalText(expression.right)}`
  }
}

/** A part of an arithmetic `for`; bash takes and prints an empty one as 1. */
function expression(word: Word): string {
  return wordText(word).trim() || '1'
}

function printIf(branches: IfCommand['branches'], otherwise: Script | undefined, at: Layout): string {
  const [branch, ...rest] = branches
  if (branch === undefined) return ''
  let text = `if ${terminated(printScript(branch.condition, at))} then${block(branch.body, at)}`
  if (rest.length > 0) {
    const inner = deeper(at)
    text += `${newline(at)}else${newline(inner)}${terminated(printIf(rest, otherwise, inner))}`
  } else if (otherwise !== undefined) text += `${newline(at)}else${block(otherwise, at)}`
  return `${text}${newline(at)}fi`
}

function printWhile({ until, condition, body }: WhileCommand, at: Layout): string {
  return `${until ? 'until' : 'while'} ${terminated(printScript(condition, at))} ${doGroup(body, at)}`
}

function printFor({ name, words, body }: ForCommand, at: Layout): string {
  const list = words === undefined ? '"$@"' : words.map(wordText).join(' ')
  return `for ${name} in ${list};${newline(at)}${doGroup(body, at)}`
}

function printArm({ patterns, body, end }: CaseArm, at: Layout): string {
  const inner = deeper(at)
  const commands = body.items.length === 0 ? '\n' : newline(inner) + printScript(body, inner)
  return `${newline(at)}${patterns.map(wordText).join(' | ')})${commands}${newline(at)}${end}`
}

function doGroup(body: Script, at: Layout): string {
  return `do${block(body, at)}${newline(at)}done`
}

/** The body of a compound command, indented on lines of its own. */
function block(body: Script, at: Layout): string {
  const inner = deeper(at)
  return newline(inner) + terminated(printScript(body, inner))
}

function functionBody(body: Command, at: Layout): string {
  const inner: Layout = { indent: at.indent + STEP, inFunction: true }
  const group = body.kind === 'group'
  const commands = group ? printScript(body.body, inner) : printCommand(body, inner)
  const { headers, bodies } = printRedirections(group ? body.redirections : [])
  return [`{ ${newline(inner)}${commands}${newline(at)}}`, ...headers].join(' ') + bodies
}

function deeper(at: Layout): Layout {
  return { ...at, indent: at.indent + STEP }
}

function newline(at: Layout): string {
  return `\n${' '.repeat(at.indent)}`
}

function terminated(text: string): string {
  return text.endsWith('&') || text.endsWith('\n') ? text : `${text};`
}

/** Redirections for the command's line, and the bodies of here-documents for the lines after it. */
function printRedirections(redirections: readonly Redirection[]): { headers: string[]; bodies: string } {
  const documents = redirections.filter((redirection): redirection is HereDocument => 'delimiter' in redirection)
  return {
    headers: redirections.map(redirectionText),
    bodies:
      documents.length === 0
        ? ''
        : `\n${documents.map((document) => `${documentText(document)}${document.delimiter}\n`).join('')}`,
  }
}

function documentText({ body }: HereDocument): string {
  // A quoted document is one single-quoted part, whose text is printed bare.
  return body.parts.map((part) => (part.kind === 'single' ? part.text : wordText({ parts: [part] }))).join('')
}

function bothText({ op, ampersandLast, target }: BothRedirection): string {
  return ampersandLast ? `>&${wordText(target)}` : `${op} ${wordText(target)}`
}

function redirectionText(redirection: Redirection): string {
  if (!('fd' in redirection)) return bothText(redirection)
  const { fd } = redirection
  switch (redirection.op) {
    case '<<':
    case '<<-': {
      const { op, quoted, delimiter } = redirection
      return `${fd === 0 ? '' : fd}${op}${quoted ? `'${delimiter}'` : delimiter}`
    }
    case '<<<':
      return `${fd === 0 ? '' : fd}<<< ${wordText(redirection.target)}`
    case '<&':
    case '>&': {
      const target = wordText(redirection.target)
      if (target === '-') return `${fd}>&-`
      const shown = /^[0-9]/.test(target) || fd !== (redirection.op === '<&' ? 0 : 1) ? fd : ''
      return `${shown}${redirection.op}${target}`
    }
    default: {
      const usual = redirection.op.startsWith('<') ? 0 : 1
      return `${fd === usual ? '' : fd}${redirection.op} ${wordText(redirection.target)}`
    }
  }
}

/** A word as bash reprints it: quotes kept, `$'…'` decoded into `'…'`, substitutions reprinted from their tree. */
export function wordText(word: Word): string {
  return word.parts.map(partText).join('')
}

export function assignmentText({ name, append, value }: Assignment): string {
  return `${name}${append ? '+' : ''}=${wordText(value)}`
}

function partText(part: WordPart): string {
  switch (part.kind) {
    case 'literal':
      return part.text
    case 'escaped':
      return `\\${part.text}`
    case 'single':
      return singleQuote(part.text)
    case 'double':
      return `"${part.parts.map(partText).join('')}"`
    case 'parameter':
      return part.source
    case 'arithmetic':
      return `$((${part.source}))`
    case 'command':
      return part.backquoted === undefined ? `$(${commandText(part.script)})` : `\`${part.backquoted}\``
  }
}
