/**
 * The grammar of the virtual hosts' shell: text to syntax tree, words to fields, trees back to text.
 *
 * A language of its own on bash's model (POSIX.1-2024 XCU 2, with the parts of bash that people type). The parser of
 * `@yarnpkg/parsers` was looked at and does not cover it: it has no `if`, `while`, `for`, `case` or functions, no
 * here-documents, backquotes, `$!` or `${x%pattern}`, does not say whether a text is wrong or only not complete yet,
 * and forgets how a word was quoted, which `jobs` has to print.
 *
 * Pure and portable: files, variables and running a substitution are asked of an {@link ExpansionEnvironment}. What
 * someone typed never throws from parsing; expansion throws {@link ExpansionError} alone.
 *
 * Left out: arrays, `select`, `coproc`, aliases, history and process substitution.
 */

export { type ArithmeticVariables, evaluateArithmetic } from './arithmetic.ts'
export { asAssignment, isName } from './assignment.ts'
export type * from './ast.ts'
export { expandBraces } from './braces.ts'
export type { SyntaxFailure, SyntaxWarning } from './cursor.ts'
export type { ExpansionEnvironment } from './environment.ts'
export {
  expandArithmetic,
  expandAssignment,
  expandDocument,
  expandPattern,
  expandRegex,
  expandString,
  expandWord,
  expandWords,
} from './expand.ts'
export { ExpansionError } from './expansion-error.ts'
export { splitFields } from './fields.ts'
export { type Awaitable, type GlobFiles, glob } from './glob.ts'
export { compilePattern, hasGlob, matches, type Pattern, quotePattern } from './match.ts'
export { parameterValue } from './parameters.ts'
export { type LineResult, type ParseResult, type Place, parse, parseLine } from './parse.ts'
export { commandText, functionText, jobText, wordText } from './print.ts'
export { decodeAnsi, singleQuote } from './quoting.ts'
