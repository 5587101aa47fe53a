/**
 * The syntax tree of the virtual hosts' shell: what the parser yields and what the executor walks.
 *
 * Everything is plain data: discriminated unions on `kind` (or `op`), no methods, no parent links, never changed
 * after parsing, so one tree may be run any number of times (loops, functions, `bg` jobs).
 */

/**
 * One word as written: its parts stand next to each other without space. Quoting is kept until expansion, because
 * only there is it known what it protects from. An empty quoted word (`''`) has one part with empty text.
 */
export interface Word {
  readonly parts: readonly WordPart[]
}

export type WordPart =
  | LiteralPart
  | EscapedPart
  | SingleQuotedPart
  | DoubleQuotedPart
  | ParameterPart
  | CommandPart
  | ArithmeticPart

/** Unquoted text. Globs, braces and a leading tilde in it are still active. */
export interface LiteralPart {
  readonly kind: 'literal'
  readonly text: string
}

/** One character quoted by a backslash (in double quotes: one of `$`, backquote, `"`, `\`). */
export interface EscapedPart {
  readonly kind: 'escaped'
  readonly text: string
}

/** `'text'`, or `$'text'` with its escapes already decoded. */
export interface SingleQuotedPart {
  readonly kind: 'single'
  readonly text: string
}

/** `"…"`. Its parts are literal, escaped, parameter, command and arithmetic, all of them quoted. */
export interface DoubleQuotedPart {
  readonly kind: 'double'
  readonly parts: readonly WordPart[]
}

/** `$name` or `${…}`. */
export interface ParameterPart {
  readonly kind: 'parameter'
  /** A variable, a positional parameter (`'1'`, `'12'`) or a special one: `@ * # ? - $ ! 0`. */
  readonly name: string
  /** `${!name}`: the value of `name` names the parameter that is meant. */
  readonly indirect: boolean
  readonly operation: ParameterOperation
  /** As written, from the `$` on: for reprinting and for `bad substitution`. */
  readonly source: string
}

export type ParameterOperation =
  /** `$x`, `${x}` */
  | { readonly op: 'value' }
  /** `${#x}` */
  | { readonly op: 'length' }
  /** `${x-w}` `${x=w}` `${x?w}` `${x+w}`; `colon`: with a colon before, so that an empty value counts as unset. */
  | { readonly op: '-' | '=' | '?' | '+'; readonly colon: boolean; readonly word: Word }
  /** Remove the shortest or longest match of the pattern from the start or the end. */
  | { readonly op: '#' | '##' | '%' | '%%'; readonly word: Word }
  /** `${x/pat/rep}` first match, `//` every match, `/#` at the start, `/%` at the end. */
  | {
      readonly op: '/' | '//' | '/#' | '/%'
      readonly word: Word
      /** Undefined when there is no second slash: matches are deleted. */
      readonly replacement: Word | undefined
    }
  /** `${x:offset:length}`, both arithmetic. */
  | { readonly op: ':'; readonly offset: Word; readonly length: Word | undefined }
  /** `${x^pat}` and its kin: upper or lower case, the first character or all. The pattern may be empty: any. */
  | { readonly op: '^' | '^^' | ',' | ',,'; readonly word: Word }
  /** Something bash accepts when reading and refuses when expanding: `bad substitution`. */
  | { readonly op: 'bad' }

/** `$(…)` or backquotes. */
export interface CommandPart {
  readonly kind: 'command'
  readonly script: Script
  /** Backquotes: as written between them, for reprinting. Undefined for `$(…)`, which bash reprints from the tree. */
  readonly backquoted: string | undefined
}

/** `$((…))`. The expression is expanded as if in double quotes, then evaluated. */
export interface ArithmeticPart {
  readonly kind: 'arithmetic'
  readonly expression: Word
  /** The text between the double parentheses as written. */
  readonly source: string
}

/** Commands in order, each run after the one before unless that went to the background. */
export interface Script {
  readonly items: readonly ListItem[]
}

/** What stands between two of `;`, `&` and newline. `commandText(item.list)` is its text in `jobs`. */
export interface ListItem {
  readonly list: AndOrList
  /** It ended with `&`. */
  readonly background: boolean
}

/** `first && second || third`: left-associative, equal precedence. */
export interface AndOrList {
  readonly first: Pipeline
  readonly rest: readonly { readonly op: '&&' | '||'; readonly pipeline: Pipeline }[]
}

/** One command or more joined by `|`. `a |& b` reads as `a 2>&1 | b`, as in bash. */
export interface Pipeline {
  /** `!` before it: the status is inverted. */
  readonly negated: boolean
  /** `time` before it, or `time -p` (`posix`: the three lines of POSIX). */
  readonly timed: 'no' | 'bash' | 'posix'
  /** Empty only for a lone `!` or `time`. */
  readonly commands: readonly Command[]
}

export type Command =
  | SimpleCommand
  | GroupCommand
  | SubshellCommand
  | IfCommand
  | WhileCommand
  | ForCommand
  | ArithmeticForCommand
  | CaseCommand
  | ArithmeticCommand
  | ConditionalCommand
  | FunctionDefinition

/** Assignments, words and redirections, in any of which there may be none. */
export interface SimpleCommand {
  readonly kind: 'simple'
  readonly assignments: readonly Assignment[]
  readonly words: readonly Word[]
  readonly redirections: readonly Redirection[]
  /** Line of its first token, from 1: for `line 3: foo: command not found`. */
  readonly line: number
}

/** `name=value`, or `name+=value` (append). */
export interface Assignment {
  readonly name: string
  readonly append: boolean
  readonly value: Word
}

/** What every compound command has. */
interface Compound {
  /** Applied round the whole command. */
  readonly redirections: readonly Redirection[]
  readonly line: number
}

/** `{ …; }` */
export interface GroupCommand extends Compound {
  readonly kind: 'group'
  readonly body: Script
}

/** `( … )` */
export interface SubshellCommand extends Compound {
  readonly kind: 'subshell'
  readonly body: Script
}

export interface IfCommand extends Compound {
  readonly kind: 'if'
  /** `if` and every `elif`, in order. */
  readonly branches: readonly { readonly condition: Script; readonly body: Script }[]
  readonly otherwise: Script | undefined
}

export interface WhileCommand extends Compound {
  readonly kind: 'while'
  /** `until` instead of `while`. */
  readonly until: boolean
  readonly condition: Script
  readonly body: Script
}

export interface ForCommand extends Compound {
  readonly kind: 'for'
  readonly name: string
  /** Undefined without `in`: the positional parameters. */
  readonly words: readonly Word[] | undefined
  readonly body: Script
}

/** `for ((init; test; step))`; an empty expression is an empty word and counts as 1. */
export interface ArithmeticForCommand extends Compound {
  readonly kind: 'arithmetic-for'
  readonly init: Word
  readonly test: Word
  readonly step: Word
  /** Between the parentheses, as written. */
  readonly source: string
  readonly body: Script
}

export interface CaseCommand extends Compound {
  readonly kind: 'case'
  readonly subject: Word
  readonly arms: readonly CaseArm[]
}

export interface CaseArm {
  readonly patterns: readonly Word[]
  readonly body: Script
  /** `;;` leaves, `;&` runs the next arm too, `;;&` goes on testing. */
  readonly end: ';;' | ';&' | ';;&'
}

/** `((expression))`: status 0 when the value is not zero. */
export interface ArithmeticCommand extends Compound {
  readonly kind: 'arithmetic'
  readonly expression: Word
  readonly source: string
}

/** `[[ expression ]]`: words are neither split nor matched against files. */
export interface ConditionalCommand extends Compound {
  readonly kind: 'conditional'
  readonly expression: Conditional
}

export type Conditional =
  /** True when it is not empty. */
  | { readonly op: 'word'; readonly word: Word }
  /** `-f file` and its kin. */
  | { readonly op: 'unary'; readonly operator: string; readonly word: Word }
  /** `==` and `!=` match a pattern, `=~` a regular expression, `<` and `>` compare text, `-eq` and its kin arithmetic. */
  | { readonly op: 'binary'; readonly operator: string; readonly left: Word; readonly right: Word }
  | { readonly op: 'not' | 'group'; readonly inner: Conditional }
  | { readonly op: '&&' | '||'; readonly left: Conditional; readonly right: Conditional }

/** `name() body`. The body's own redirections are applied at each call. */
export interface FunctionDefinition {
  readonly kind: 'function'
  readonly name: string
  readonly body: Command
  readonly line: number
}

export type Redirection = FileRedirection | DuplicateRedirection | BothRedirection | HereDocument | HereString

/** `[fd]<word`, `>`, `>>`, `>|` (even with noclobber), `<>` (read and write). */
export interface FileRedirection {
  readonly op: '<' | '>' | '>>' | '>|' | '<>'
  /** The descriptor; the default (0 for `<` and `<>`, else 1) is already filled in. */
  readonly fd: number
  readonly target: Word
}

/** `[fd]<&word`, `[fd]>&word`: after expansion the target is a descriptor number or `-` (close). */
export interface DuplicateRedirection {
  readonly op: '<&' | '>&'
  readonly fd: number
  readonly target: Word
}

/** `&>word`, `&>>word`, and `>&word` where the word is plainly a file name: standard output and error. */
export interface BothRedirection {
  readonly op: '&>' | '&>>'
  /** It was spelled `>&word`. */
  readonly ampersandLast: boolean
  readonly target: Word
}

/** `<<EOF`: the body is expanded as in double quotes, or is one single-quoted part when the delimiter was quoted. */
export interface HereDocument {
  readonly op: '<<' | '<<-'
  readonly fd: number
  readonly delimiter: string
  readonly quoted: boolean
  readonly body: Word
}

/** `<<<word`: the expanded word and a newline. */
export interface HereString {
  readonly op: '<<<'
  readonly fd: number
  readonly target: Word
}
