import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import { type Path, pathText } from './check.ts'
import { problemsOf } from './shape.ts'
import type { Topology } from './types.ts'

/** One thing that is wrong with a topology. Line and column count from 1; 0 when the topology is an object. */
export interface TopologyProblem {
  readonly line: number
  readonly column: number
  /** `hosts.server.address`, or empty for a syntax error. */
  readonly where: string
  readonly message: string
}

/** A topology that is refused: nothing of it was built. The message has a line per problem: `net.yaml:3:14: hosts.a.address: ...`. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError'
  readonly code = 'ERR_SOQUETE_TOPOLOGY'
  readonly problems: readonly TopologyProblem[]

  constructor(source: string, problems: readonly TopologyProblem[]) {
    super(problems.map((p) => lineOf(source, p)).join('\n'))
    this.problems = problems
  }
}

const lineOf = (source: string, p: TopologyProblem): string => {
  const place = p.line > 0 ? `${source}:${p.line}:${p.column}` : source
  return p.where === '' ? `${place}: ${p.message}` : `${place}: ${p.where}: ${p.message}`
}

/**
 * Read a topology from YAML (or JSON, which is YAML).
 *
 * @param source named in errors, such as the file's name
 * @throws TopologyError with line and column of every problem
 */
export const parseTopology = (yaml: string, source = 'topology'): Topology => {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (document.errors.length > 0) {
    throw new TopologyError(
      source,
      document.errors.map((e) => {
        const { line, col } = lines.linePos(e.pos[0])
        return { line, column: col, where: '', message: e.message }
      }),
    )
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const problems = problemsOf(value)
  if (problems.length > 0) {
    throw new TopologyError(
      source,
      problems.map((p) => {
        const offset = offsetOf(document.contents, p.path, p.atKey === true)
        const { line, col } = lines.linePos(offset)
        return { line: Math.max(line, 1), column: Math.max(col, 1), where: pathText(p.path), message: p.message }
      }),
    )
  }
  return value as Topology
}

/** Check a topology given as an object; throws TopologyError. */
export const checkTopology = (value: unknown, source = 'topology'): Topology => {
  const problems = problemsOf(value)
  if (problems.length > 0)
    throw new TopologyError(
      source,
      problems.map((p) => ({ line: 0, column: 0, where: pathText(p.path), message: p.message })),
    )
  return value as Topology
}

/** Where the node at `path` (or its key) begins; the nearest parent when it has none of its own. */
const offsetOf = (root: ParsedNode | null, path: Path, atKey: boolean): number => {
  let node: Node | null = root
  let offset = root?.range[0] ?? 0
  for (const [i, step] of path.entries()) {
    const last = i === path.length - 1
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      )
      if (pair === undefined) return offset
      const key = pair.key as Node
      node = (pair.value as Node | null) ?? null
      offset = (last && atKey) || node?.range == null ? (key.range?.[0] ?? offset) : node.range[0]
    } else if (isSeq(node) && typeof step === 'number') {
      node = (node.items[step] as Node | undefined) ?? null
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}
