import { existsSync } from 'node:fs'
import { defineConfig } from 'tsdown'

const entry = ['src/index.ts', 'src/index.node.ts', 'src/cli/main.ts'].filter((file) => existsSync(file))
if (entry.length === 0) process.exit(0)

export default defineConfig({
  entry,
  format: 'esm',
  platform: 'neutral',
  target: 'node20.19',
  fixedExtension: false,
  dts: true,
  sourcemap: true,
  clean: true,
})
