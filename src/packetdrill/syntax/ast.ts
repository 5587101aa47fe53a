/** What a script says, as the parser understood it. Times are nanoseconds. */

/** When an event happens. `from` and `to` are equal but for ranges. */
export interface TimeSpec {
  /** `absolute`: from the script's start. `relative`: to what came before. `any`: whenever. */
  readonly kind: 'absolute' | 'relative' | 'any'
  readonly from: number
  readonly to: number
}

export interface ScriptEvent {
  readonly line: number
  readonly time: TimeSpec
  /** When a blocking call returns, on the base that the start has; null: at once. */
  readonly end: TimeSpec | null
  readonly action: Action
}

export type Action = CallAction | PacketAction | CommandAction | CodeAction

export interface CallAction {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expr[]
  readonly result: CallResult
}

export interface CallResult {
  /** null: `...`, any result will do. */
  readonly value: Expr | null
  readonly errno: string | null
}

export interface CommandAction {
  readonly kind: 'command'
  readonly text: string
}

export interface CodeAction {
  readonly kind: 'code'
  readonly statements: readonly CodeStatement[]
}

/** An argument of a system call. */
export type Expr =
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'or'; readonly parts: readonly Expr[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Expr[] }
  /** `{a=1, b=2}` and `{..., 100}`: fields without a name have the name ''. */
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  /** `htons(80)`. */
  | { readonly kind: 'apply'; readonly name: string; readonly args: readonly Expr[] }

export interface Field {
  readonly name: string
  /** `msg_iov(2)=...`: what is in the parentheses. */
  readonly size: Expr | null
  readonly value: Expr
}

export interface PacketAction {
  readonly kind: 'packet'
  /** `in`: injected into the stack (`<`). `out`: expected from it (`>`). */
  readonly direction: 'in' | 'out'
  readonly ip: IpSpec
  readonly ports: { readonly source: number; readonly destination: number } | null
  readonly body: TcpSpec | UdpSpec | IcmpSpec
  /** As written. */
  readonly text: string
}

/** Fields of the IP header: null is not said (injected: the default; expected: anything). */
export interface IpSpec {
  /** The two ECN bits; `ect01` is either of the capable ones. */
  readonly ecn: 'noecn' | 'ect0' | 'ect1' | 'ect01' | 'ce' | null
  /** The whole octet. */
  readonly tos: number | null
  readonly ttl: number | null
}

export interface TcpSpec {
  readonly kind: 'tcp'
  /** `TcpFlag` bits. */
  readonly flags: number
  readonly sequence: SequenceSpec
  readonly ack: number | null
  readonly window: number | null
  readonly urgent: number | null
  /** null: `<...>`, any. */
  readonly options: readonly TcpOptionSpec[] | null
}

export interface SequenceSpec {
  readonly start: number
  readonly length: number
}

export type TcpOptionSpec =
  | { readonly kind: 'mss'; readonly value: number }
  | { readonly kind: 'wscale'; readonly value: number }
  | { readonly kind: 'sackOK' | 'nop' | 'eol' }
  | { readonly kind: 'TS'; readonly value: number; readonly echo: number }
  | { readonly kind: 'sack'; readonly blocks: readonly (readonly [number, number])[] }
  /** Any other kind with its bytes, as `kind 30 0a0b`. */
  | { readonly kind: 'raw'; readonly number: number; readonly bytes: readonly number[] }

export interface UdpSpec {
  readonly kind: 'udp'
  readonly length: number
}

export interface IcmpSpec {
  readonly kind: 'icmp'
  readonly type: string
  readonly code: string | null
  readonly mtu: number | null
  /** What it quotes: the range of a segment, or a datagram's length; null: the last packet that the stack sent. */
  readonly quoted: SequenceSpec | UdpSpec | null
}

export interface ScriptOption {
  readonly line: number
  readonly name: string
  readonly value: string
}

export interface Script {
  readonly options: readonly ScriptOption[]
  /** The first and last command stand among them, at time any. */
  readonly events: readonly ScriptEvent[]
}

// --- code blocks: the part of Python that assertions use

export type CodeStatement = { readonly line: number; readonly text: string } & (
  | { readonly kind: 'assert'; readonly test: CodeExpr; readonly message: CodeExpr | null }
  | { readonly kind: 'print'; readonly values: readonly CodeExpr[] }
  | { readonly kind: 'assign'; readonly name: string; readonly value: CodeExpr }
)

export type CodeExpr =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'name'; readonly name: string }
  /** `(a, b)`, what a text with `%d` is filled with. */
  | { readonly kind: 'tuple'; readonly items: readonly CodeExpr[] }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | '~' | 'not'; readonly operand: CodeExpr }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: CodeExpr; readonly right: CodeExpr }
  /** `and`, `or`: the value of the operand that decides. */
  | { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly left: CodeExpr; readonly right: CodeExpr }
  /** `a < b <= c`. */
  | { readonly kind: 'compare'; readonly first: CodeExpr; readonly rest: readonly (readonly [string, CodeExpr])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly CodeExpr[] }
