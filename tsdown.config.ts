import { existsSync } from 'node:fs'
import { defineConfig } from 'tsdown'

const entry = [
  'src/index.ts',
  'src/index.node.ts',
  'src/topology.ts',
  'src/register.ts',
  'src/firewall.ts',
  'src/cli/main.ts',
].filter((file) => existsSync(file))
if (entry.length === 0) process.exit(0)

export default defineConfig({
  entry,
  format: 'esm',
  // One build for all entries, so that they share one copy of every class. `npm run size` shows that the portable entry needs
  // no Node built-in.
  platform: 'neutral',
  deps: { neverBundle: [/^node:/] },
  target: 'node20.19',
  fixedExtension: false,
  dts: true,
  sourcemap: true,
  clean: true,
  failOnWarn: true,
})
