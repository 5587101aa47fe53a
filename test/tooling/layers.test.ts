import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'soquete-layers-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A small tree of modules in which each rule is broken once, and what is allowed is done beside it. */
const tree: Record<string, string> = {
  'package.json': '{ "type": "module", "dependencies": { "kept": "1" }, "devDependencies": { "tool": "1" } }',
  'node_modules/kept/package.json': '{ "name": "kept", "version": "1.0.0", "main": "index.js" }',
  'node_modules/kept/index.js': 'module.exports = 1',
  'node_modules/tool/package.json': '{ "name": "tool", "version": "1.0.0", "main": "index.js" }',
  'node_modules/tool/index.js': 'module.exports = 1',
  'src/time/package.ts': "import kept from 'kept'\nimport tool from 'tool'\nexport const p = [kept, tool]",
  'src/ports/outside.ts': "import { t } from '../../test/tool.ts'\nexport const o = t",
  'test/tool.ts': 'export const t = 1',
  'tsconfig.json': '{ "compilerOptions": { "allowImportingTsExtensions": true, "noEmit": true } }',
  'src/wire/low.ts': 'export const low = 1',
  'src/wire/up.ts': "import { tcp } from '../tcp/high.ts'\nexport const up = tcp",
  'src/wire/type.ts': "import type { Ip } from '../ip/type.ts'\nexport type W = Ip",
  'src/ip/type.ts': 'export type Ip = 1',
  'src/tcp/high.ts': "import { low } from '../wire/low.ts'\nexport const tcp = low",
  'src/link/built-in.ts': "import { readFileSync } from 'node:fs'\nexport const f = readFileSync",
  'src/uplink/built-in.ts': "import { readFileSync } from 'node:fs'\nexport const f = readFileSync",
  'src/userland/across.ts': "import { f } from '../uplink/built-in.ts'\nexport const g = f",
  'src/network/roof.ts': "import { main } from '../index.ts'\nexport const n = main",
  'src/index.ts': "import { tcp } from './tcp/high.ts'\nexport const main = tcp",
  'src/cli/main.ts': "import { main } from '../index.ts'\nimport { x } from './gone.ts'\nexport const c = main + x",
  'src/udp/a.ts': "import { b } from './b.ts'\nexport const a = () => b",
  'src/udp/b.ts': "import { a } from './a.ts'\nexport const b = () => a",
  'src/utils/strange.ts': "import { low } from '../wire/low.ts'\nexport const u = low",
}

test('dependency-cruiser fails on each broken layer rule, and on nothing else', () => {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${text}\n`)
  }
  const run = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      join(root, '.dependency-cruiser.mjs'),
      '--output-type',
      'json',
      'src',
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  expect(run.stderr).toBe('')
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } }
  const found = [...new Set(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`))].sort()
  expect(found).toEqual([
    'floor-network src/network/roof.ts',
    'floor-wire src/wire/type.ts',
    'floor-wire src/wire/up.ts',
    'known-floor src/utils/strange.ts',
    'no-circle src/udp/a.ts',
    'no-node-builtin src/link/built-in.ts',
    'no-unresolvable src/cli/main.ts',
    'only-runtime-dependencies src/time/package.ts',
    'sibling-userland src/userland/across.ts',
    'src-stands-alone src/ports/outside.ts',
  ])
}, 60_000)
