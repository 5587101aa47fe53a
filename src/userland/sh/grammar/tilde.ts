import type { ExpansionEnvironment } from './environment.ts'
import type { Expansion } from './expansion.ts'
import type { Fragment } from './fields.ts'

/**
 * Tilde expansion (POSIX 2.6.1) of a literal part: `~`, `~user`, `~+` (PWD) and `~-` (OLDPWD) up to the next slash or colon, at
 * the word's start, and in an assignment also after its `=` and each colon. A name that runs into a quoted part is
 * left as it is, and so is an unknown user's.
 */
export async function expandTildes(
  text: string,
  first: boolean,
  last: boolean,
  { tilde, splitLiterals, quoted }: Expansion,
  environment: ExpansionEnvironment,
): Promise<Fragment[]> {
  const fragments: Fragment[] = []
  const literal = (piece: string): void => {
    if (piece !== '') fragments.push({ text: piece, quoted, split: splitLiterals })
  }
  let from = 0
  for (const start of tildePlaces(text, first, tilde)) {
    const length = text.slice(start).search(/[/:]/)
    const end = length === -1 ? text.length : start + length
    if (length === -1 && !last) break
    const home = await homeOf(text.slice(start + 1, end), environment)
    if (home === undefined) continue
    literal(text.slice(from, start))
    fragments.push({ text: home, quoted: true, split: false })
    from = end
  }
  literal(text.slice(from))
  return fragments
}

function tildePlaces(text: string, first: boolean, tilde: Expansion['tilde']): number[] {
  const places: number[] = []
  const equals = first && tilde === 'assignment' ? text.indexOf('=') : -1
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '~') continue
    const start = i === 0 && first
    const afterEquals = i > 0 && i === equals + 1 && equals >= 0
    const afterColon = (tilde === 'value' || tilde === 'assignment') && text[i - 1] === ':'
    if (start || afterEquals || afterColon) places.push(i)
  }
  return places
}

async function homeOf(user: string, environment: ExpansionEnvironment): Promise<string | undefined> {
  if (user === '') return environment.get('HOME') ?? (await environment.home(''))
  if (user === '+') return environment.get('PWD')
  if (user === '-') return environment.get('OLDPWD')
  return environment.home(user)
}
