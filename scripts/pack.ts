/**
 * `npm run pack:check`: is what would be published usable? Packs the built package, lets publint and attw read it, installs it
 * into an empty project, compiles a typed import there in both module resolutions, and runs the command on the project's Node
 * and on the oldest that package.json promises.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { nodeBinary, oldestNode } from './other-node.ts'

const bin = (name: string): string => resolve('node_modules', '.bin', name)

/** Runs a step, shows what it said, and stops on a failure. */
const step = (title: string, command: string, args: string[], cwd = '.'): string => {
  const run = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const said = `${run.stdout ?? ''}${run.stderr ?? ''}`.trim()
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${title}`)
  if (run.status !== 0) {
    console.error(run.error?.message ?? said)
    process.exit(1)
  }
  return run.stdout
}

const PACK = resolve('.cache', 'pack')
rmSync(PACK, { recursive: true, force: true })
mkdirSync(PACK, { recursive: true })
step('build', 'npm', ['run', '--silent', 'build'])
step('npm pack', 'npm', ['pack', '--ignore-scripts', '--pack-destination', PACK])
const tarball = join(PACK, readdirSync(PACK).find((name) => name.endsWith('.tgz')) ?? '')
step('publint', bin('publint'), ['run', tarball, '--strict'])
step('are the types wrong', bin('attw'), [tarball, '--profile', 'esm-only'])

const project = mkdtempSync(join(tmpdir(), 'soquete-consumer-'))
try {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  step(
    'install into an empty project',
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball],
    project,
  )
  const source = [
    "import { Network } from 'soquete'",
    "import { firewallOf } from 'soquete/firewall'",
    "import { buildTopology, parseTopology } from 'soquete/topology'",
    'const net: Network = new Network({ seed: 7 })',
    "const host = net.host('server', { address: '10.0.0.1/24' })",
    'const name: string = host.name',
    "const rule: number = firewallOf(host).add({ chain: 'input', verdict: 'drop' })",
    "await buildTopology(net, parseTopology('hosts: {}'))",
    'export { name, rule }',
    '// @ts-expect-error: a seed is a number or a text; were the types missing, this would be no error',
    'export const wrong = new Network({ seed: true })',
    '',
  ]
  writeFileSync(join(project, 'import.ts'), source.join('\n'))
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022'],
      types: [],
      module,
      moduleResolution,
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['import.ts'] }))
    step(`typed import (${moduleResolution})`, bin('tsc'), ['-p', '.'], project)
  }
  const run = "import { Network } from 'soquete'; new Network({ seed: 7 })"
  step('import in plain JavaScript', process.execPath, ['--input-type=module', '-e', run], project)
  const ping = ['shell', '-c', 'ping -c 1 localhost']
  const said = step(`npx soquete ${ping[0]} -c '${ping[2]}'`, 'npx', ['--no-install', 'soquete', ...ping], project)
  if (!said.includes('1 packets transmitted, 1 received')) {
    console.error(`FAIL ping said:\n${said}`)
    process.exit(1)
  }
  const main = join(project, 'node_modules', 'soquete', 'dist', 'cli', 'main.js')
  step(`the same on Node ${oldestNode()}`, nodeBinary(oldestNode()), [main, ...ping], project)
  console.log(said.trim())
} finally {
  rmSync(project, { recursive: true, force: true })
}
