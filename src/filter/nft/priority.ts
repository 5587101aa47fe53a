/** Names of hook priorities (nft(8), "Standard priority names"). */
const PRIORITIES: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
}

/** As nft prints one: the name, or the nearest name within ten and the difference. */
export const priorityText = (priority: number): string => {
  for (const [name, value] of Object.entries(PRIORITIES)) {
    const difference = priority - value
    if (difference === 0) return name
    if (Math.abs(difference) <= 10) return `${name} ${difference < 0 ? '-' : '+'} ${Math.abs(difference)}`
  }
  return String(priority)
}

/** `0`, `-10`, `filter`, `filter + 5`; null for anything else. */
export const parsePriority = (words: readonly string[]): number | null => {
  const match = /^(?:([a-z]+)(?:([-+])([0-9]+))?|(-?[0-9]+))$/.exec(words.join(''))
  if (match === null) return null
  const [, name, sign, offset, number] = match
  if (number !== undefined) return Number(number)
  const value = PRIORITIES[name ?? '']
  return value === undefined ? null : value + Number(offset ?? 0) * (sign === '-' ? -1 : 1)
}
