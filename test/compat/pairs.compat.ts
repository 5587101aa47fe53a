import { describe, expect, test } from 'vitest'
import { Network } from '../../src/index.node.ts'
import { cases, pairs, titleOf } from './pairs.ts'
import { runCase } from './run-case.ts'

for (const pair of pairs)
  describe(pair.name, () => {
    for (const one of cases)
      test(titleOf(one), async () => {
        const { got, wanted } = await runCase(Network, pair, one)
        expect(wanted.length).toBeGreaterThan(0)
        expect(got).toBe(wanted)
      })
  })
