/** What Stryker runs for one layer: `scripts/mutate.ts` names the test folders. */
import { defineConfig } from 'vitest/config'

const folders = (process.env['SOQUETE_MUTATE_TESTS'] ?? '').split(',').filter((name) => name !== '')

export default defineConfig({
  test: {
    include: folders.map((name) => `test/${name}/**/*.test.ts`),
    environment: 'node',
    testTimeout: 20_000,
  },
})
