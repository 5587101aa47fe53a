import { expect, test } from 'vitest'
import { addUp, parseChecks, sumOfReport } from '../../scripts/ci/sums.ts'

const report = (fields: object): string =>
  JSON.stringify({
    success: true,
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    ...fields,
  })

test('adds up the counts of reports and checks', () => {
  expect(sumOfReport(report({}), false)).toEqual({ passed: 5, failed: 0, skipped: 0 })
  expect(sumOfReport(report({ success: false, numFailedTests: 2 }), false)).toEqual({
    passed: 5,
    failed: 2,
    skipped: 0,
  })
  expect(parseChecks('a\tpassed\t3\nb\tfailed\t4\n')).toEqual([
    { name: 'a', passed: true, seconds: 3 },
    { name: 'b', passed: false, seconds: 4 },
  ])
  const sums = [
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ]
  expect(addUp(sums)).toEqual({ passed: 11, failed: 22, skipped: 33 })
})

test('a report that is missing or failed without a failed test counts as a failure', () => {
  expect(sumOfReport(undefined, false)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  expect(sumOfReport(report({ success: false }), false)).toEqual({ passed: 5, failed: 1, skipped: 0 })
})

test('where skipping is forbidden a skipped test is a failed one', () => {
  const skips = report({ numPendingTests: 2, numTodoTests: 1 })
  expect(sumOfReport(skips, false)).toEqual({ passed: 5, failed: 0, skipped: 3 })
  expect(sumOfReport(skips, true)).toEqual({ passed: 5, failed: 3, skipped: 0 })
})
