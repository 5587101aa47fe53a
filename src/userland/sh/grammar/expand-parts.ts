import type { WordPart } from './ast.ts'
import type { ExpansionEnvironment } from './environment.ts'
import { expandParameter } from './expand-parameter.ts'
import { arithmeticOf, type Expander, type Expansion, result } from './expansion.ts'
import type { Fragment } from './fields.ts'
import { expandTildes } from './tilde.ts'

export function createExpander(environment: ExpansionEnvironment): Expander {
  const expander: Expander = { environment, parts: (parts, expansion) => expandParts(parts, expansion, expander) }
  return expander
}

/** Expands parts in order, each from left to right, because `${x:=1}` and `$((x++))` change what later ones see. */
async function expandParts(parts: readonly WordPart[], expansion: Expansion, expander: Expander): Promise<Fragment[]> {
  const fragments: Fragment[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as WordPart
    if (part.kind === 'literal' && expansion.tilde !== 'no') {
      const last = i === parts.length - 1
      fragments.push(...(await expandTildes(part.text, i === 0, last, expansion, expander.environment)))
    } else fragments.push(...(await expandPart(part, expansion, expander)))
  }
  return fragments
}

async function expandPart(part: WordPart, expansion: Expansion, expander: Expander): Promise<readonly Fragment[]> {
  switch (part.kind) {
    case 'literal':
      return [{ text: part.text, quoted: expansion.quoted, split: expansion.splitLiterals }]
    case 'escaped':
    case 'single':
      return [{ text: part.text, quoted: true, split: false }]
    case 'double': {
      const inside: Expansion = { ...expansion, quoted: true, splitLiterals: false, tilde: 'no' }
      const inner = await expander.parts(part.parts, inside)
      const empty = inner.every(({ text }) => text === '')
      if (!empty) return inner
      // `""` and `"$unset"` make an empty field; `"$@"` without parameters makes none, nor what is empty beside it.
      if (expander.environment.positional.length === 0 && part.parts.some(holdsAll)) return []
      return inner.length > 0 ? inner : [{ text: '', quoted: true, split: false }]
    }
    case 'parameter':
      return expandParameter(part, expansion, expander)
    case 'command': {
      const output = await expander.environment.commandSubstitution(part.script)
      return [result(output.replaceAll('\0', '').replace(/\n+$/, ''), expansion)]
    }
    case 'arithmetic':
      return [result(String(await arithmeticOf(part.expression, expander)), expansion)]
  }
}

/** `$@`, or `${@…}` with an operation other than a default value. */
function holdsAll(part: WordPart): boolean {
  if (part.kind !== 'parameter' || part.name !== '@') return false
  const { op } = part.operation
  return op !== '-' && op !== '=' && op !== 'length'
}
