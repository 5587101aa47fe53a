/** Counting for .ci/run's last line. */

export interface Sum {
  passed: number
  failed: number
  skipped: number
}

export interface Check {
  name: string
  passed: boolean
  seconds: number
}

interface Report {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

export const addUp = (sums: Sum[]): Sum =>
  sums.reduce(
    (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }),
    { passed: 0, failed: 0, skipped: 0 },
  )

/** Lines of name, tab, `passed` or `failed`, tab, seconds. */
export const parseChecks = (text: string): Check[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', result, seconds] = line.split('\t')
      return { name, passed: result === 'passed', seconds: Number(seconds) }
    })

/** Counts of a Vitest report. One that is missing, or failed with no failed test (a file that did not load), counts as one. */
export const sumOfReport = (text: string | undefined, strict: boolean): Sum => {
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(text) as Report
  const skipped = report.numPendingTests + report.numTodoTests
  const failed = report.numFailedTests === 0 && !report.success ? 1 : report.numFailedTests
  if (strict) return { passed: report.numPassedTests, failed: failed + skipped, skipped: 0 }
  return { passed: report.numPassedTests, failed, skipped }
}
