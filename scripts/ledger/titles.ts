/** Which ids a test names, and how it went: from the titles in a Vitest JSON report. */
import { ID } from './tables.ts'

/** A finished test: its own title, without those of the `describe` blocks round it. */
export interface TestResult {
  file: string
  title: string
  status: string
}

export interface Naming {
  ids: string[]
  /** Content of brackets at the start that mix ids with something else. */
  malformed: string[]
}

/** Ids in the brackets at the start of a title: `[a, b] [c] text`. */
export const namesIn = (title: string): Naming => {
  const naming: Naming = { ids: [], malformed: [] }
  let rest = title.trimStart()
  for (;;) {
    const bracket = /^\[([^\]]*)\]\s*/.exec(rest)
    if (bracket === null) return naming
    const words = (bracket[1] ?? '').split(',').map((word) => word.trim())
    const ids = words.filter((word) => ID.test(word))
    if (ids.length === 0) return naming
    if (ids.length < words.length) naming.malformed.push(bracket[0].trim())
    naming.ids.push(...ids)
    rest = rest.slice(bracket[0].length)
  }
}

interface Report {
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[]
}

const isReport = (value: unknown): value is Report =>
  typeof value === 'object' && value !== null && Array.isArray((value as Partial<Report>).testResults)

/** Tests of a Vitest (or Jest) JSON report. */
export const parseReport = (name: string, text: string): TestResult[] => {
  const report: unknown = JSON.parse(text)
  if (!isReport(report)) throw new Error(`${name} is no Vitest JSON report`)
  return report.testResults.flatMap((file) =>
    file.assertionResults.map(({ title, status }) => ({ file: file.name, title, status })),
  )
}
