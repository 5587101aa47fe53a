/**
 * The rules that keep one seed giving one run, on every engine (`npm run lint`). ECMAScript fixes `+ - * /`, `sqrt`,
 * `floor`, `imul` to the last bit and leaves `**`, `exp`, `log`, `sin` to the engine; clocks, chance and locale differ
 * between machines; promises and timers belong to the faces. What each floor may not name is in `rulesFor`.
 */
import ts from 'typescript'

/** One place that breaks a rule; `line` and `column` count from 1. */
export interface Finding {
  file: string
  line: number
  column: number
  message: string
}

/** Floors that are plain state machines: time and chance come in as arguments. */
const sansIo = new Set(['wire', 'time', 'link', 'ip', 'filter', 'ports', 'udp', 'tcp', 'socket'])

/** Members of Math whose result ECMAScript fixes to the last bit. */
const exactMath = new Set(
  'abs ceil floor round trunc sign min max imul clz32 sqrt fround E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2'.split(' '),
)

/** Globals that let time, chance or the event loop into a floor that is to be driven from outside. */
const outside = new Map<string, string>([
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'].map(
    (name) => [name, 'timers are deadlines in the Clock'] as const,
  ),
  ['queueMicrotask', 'notifications leave as callbacks, in the order of the state machine'],
  ['Promise', 'promises are a face, above socket'],
  ['performance', 'time comes from the Clock'],
  ['crypto', 'chance comes from a named Random stream'],
  ['process', 'no Node global on a portable floor'],
  ['Date', 'time comes from the Clock'],
])

const locale = new Set(['toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'localeCompare'])

const isReference = (node: ts.Identifier): boolean => {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isQualifiedName(parent)) return parent.left === node
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) {
    return (parent as { initializer?: ts.Node }).initializer === node
  }
  if (ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isGetAccessor(parent)) return false
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false
  return true
}

const memberOf = (node: ts.Identifier): string | undefined => {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text
  if (
    ts.isElementAccessExpression(parent) &&
    parent.expression === node &&
    ts.isStringLiteral(parent.argumentExpression)
  ) {
    return parent.argumentExpression.text
  }
  return undefined
}

const checkMath = (node: ts.Identifier): string | undefined => {
  const member = memberOf(node)
  if (member === undefined) return 'Math as a value hides which function is called: name the member'
  if (member === 'random') return 'Math.random: chance comes from a named Random stream'
  return exactMath.has(member) ? undefined : `Math.${member}: engines differ in the last bit`
}

/** Outside the state machines a calendar date of a *given* time is exact as long as it stays in UTC. */
const checkDate = (node: ts.Identifier): string | undefined => {
  const member = memberOf(node)
  if (member === 'UTC' || member === 'parse') return undefined
  const parent = node.parent
  if (ts.isNewExpression(parent) && parent.expression === node && parent.arguments?.length === 1) return undefined
  if (ts.isTypeReferenceNode(parent)) return undefined
  return 'Date here reads the wall clock or the local zone: take the time from the Clock (new Date(milliseconds) is fine)'
}

const checkIdentifier = (node: ts.Identifier, floor: string): string | undefined => {
  if (!isReference(node)) return undefined
  if (node.text === 'Math') return checkMath(node)
  if (node.text === 'Intl') return 'Intl: the answer depends on the engine’s locale data'
  if (sansIo.has(floor)) {
    const reason = outside.get(node.text)
    return reason === undefined ? undefined : `${node.text} in src/${floor}: ${reason}`
  }
  return node.text === 'Date' ? checkDate(node) : undefined
}

const isPower = (kind: ts.SyntaxKind): boolean =>
  kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken

const check = (node: ts.Node, floor: string): string | undefined => {
  if (ts.isIdentifier(node)) return checkIdentifier(node, floor)
  if (ts.isBinaryExpression(node) && isPower(node.operatorToken.kind)) return '**: engines differ in the last bit'
  if (ts.isPropertyAccessExpression(node) && locale.has(node.name.text)) {
    return `${node.name.text}: the answer depends on the engine’s locale data`
  }
  if (sansIo.has(floor)) {
    if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) {
      return `async in src/${floor}: promises are a face, above socket`
    }
  }
  return undefined
}

/** Findings of one file; `file` is its path from the repository's root, `src/tcp/rto.ts`. */
export const lintExact = (file: string, text: string): Finding[] => {
  const floor = file.split('/')[1] ?? ''
  if (floor === 'cli') return []
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  const findings: Finding[] = []
  const visit = (node: ts.Node): void => {
    const message = check(node, floor)
    if (message !== undefined) {
      const at = source.getLineAndCharacterOfPosition(node.getStart(source))
      findings.push({ file, line: at.line + 1, column: at.character + 1, message })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return findings
}
