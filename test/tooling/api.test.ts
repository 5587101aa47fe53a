import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

interface Names {
  readonly values: ReadonlySet<string>
  readonly types: ReadonlySet<string>
}

const program = ts.createProgram(['src/index.ts', 'src/topology.ts', 'src/firewall.ts'], {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  types: [],
})

/** What a file exports, as the compiler sees it. A class is a value. */
const exportsOf = (path: string): Names => {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path)
  const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  if (symbol === undefined) throw new Error(`${path} is no module`)
  const values = new Set<string>()
  const types = new Set<string>()
  for (const one of checker.getExportsOfModule(symbol)) {
    const meant = (one.flags & ts.SymbolFlags.Alias) === 0 ? one : checker.getAliasedSymbol(one)
    const isValue = (meant.flags & ts.SymbolFlags.Value) !== 0 && !isTypeOnly(one)
    ;(isValue ? values : types).add(one.name)
  }
  return { values, types }
}

const isTypeOnly = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((one) => ts.isExportSpecifier(one) && (one.isTypeOnly || one.parent.parent.isTypeOnly)) ===
  true

const CONSTANTS = exportsOf('src/socket/constants.ts').values
const page = readFileSync('docs/api.md', 'utf8')

const codes = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name as string)

/** The table under a heading: its last two columns are values and types. */
const documented = (face: string): Names => {
  const section = page.split(`## \`${face}\``)[1]?.split('\n## ')[0] ?? ''
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) => line.split('|').slice(1, -1))
  return {
    values: new Set(rows.flatMap((cells) => codes(cells.at(-2) ?? ''))),
    types: new Set(rows.flatMap((cells) => codes(cells.at(-1) ?? ''))),
  }
}

const sorted = (names: Iterable<string>): string[] => [...names].sort()

describe('docs/api.md', () => {
  test.each([
    ['soquete', 'src/index.ts'],
    ['soquete/topology', 'src/topology.ts'],
    ['soquete/firewall', 'src/firewall.ts'],
  ])('%s: lists what is exported, and nothing else', (face, path) => {
    const { values, types } = exportsOf(path)
    const listed = documented(face)
    expect(sorted(listed.values)).toEqual(sorted([...values].filter((name) => !CONSTANTS.has(name))))
    expect(sorted(listed.types)).toEqual(sorted(types))
  })

  test('the families of constants are all there, with no name besides', () => {
    const families = [...page.matchAll(/`([A-Z]\w*?)(\*?)`/g)].map(([, name, star]) => ({ name: name as string, star }))
    const unnamed = [...CONSTANTS].filter(
      (name) => !families.some((family) => (family.star === '*' ? name.startsWith(family.name) : name === family.name)),
    )
    expect(unnamed).toEqual([])
    for (const { name, star } of families)
      if (star === '*')
        expect(
          [...CONSTANTS].some((one) => one.startsWith(name)),
          name,
        ).toBe(true)
    for (const name of CONSTANTS) expect(exportsOf('src/index.ts').values.has(name), name).toBe(true)
  })
})
