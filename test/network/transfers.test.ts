import { expect, test } from 'vitest'
import { transfer } from '../../scripts/transfer.ts'

test('[9293-3.6-a] a hundred seeded transfers over bad links: every byte arrives, or the socket reports an error; both packet modes alike', async () => {
  const outcomes = new Map<string, number>()
  for (let seed = 1; seed <= 100; seed++) {
    const records = await transfer(seed, 'records', 20_000)
    const bytes = await transfer(seed, 'bytes', 20_000)
    expect(bytes, `seed ${seed}`).toEqual(records)
    outcomes.set(records.outcome, (outcomes.get(records.outcome) ?? 0) + 1)
  }
  expect(outcomes.get('intact') ?? 0).toBeGreaterThan(70)
}, 240_000)
