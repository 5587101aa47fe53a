/**
 * The house as a failing check: `npm run lint` stops on an import that goes up a floor, across to a sibling, round in a
 * circle, or out to Node from a floor that every runtime shares. The floors are ARCHITECTURE.md's list, ground floor first.
 */
const floors = ['wire', 'time', 'link', 'ip', 'filter', 'ports', 'udp', 'tcp', 'socket', 'host', 'network']
const siblings = ['node', 'web', 'userland', 'uplink']
// The roofs. Each stands on the one before it: `simulate()` makes Networks of the public face, the command uses both.
const roofs = ['index', 'packetdrill', 'testing', 'cli']

const inside = { index: '^src/(index(\\.node)?|topology|firewall|register)\\.ts$' }
const folder = (names) => `^src/(${names.join('|')})/`
const place = (name) => inside[name] ?? folder([name])
const places = (names) => names.map(place).join('|')

const upward = [...floors, ...roofs].flatMap((name, index, all) => {
  const isFloor = floors.includes(name)
  const above = [...all.slice(index + 1), ...(isFloor ? siblings : [])]
  if (above.length === 0) return []
  return [
    {
      name: `floor-${name}`,
      comment: `${name} imports only from the floors below it`,
      severity: 'error',
      from: { path: place(name) },
      to: { path: places(above) },
    },
  ]
})

const across = siblings.map((name) => ({
  name: `sibling-${name}`,
  comment: `${name} imports neither a roof nor one of its siblings`,
  severity: 'error',
  from: { path: place(name) },
  to: { path: places([...siblings.filter((other) => other !== name), ...roofs]) },
}))

export default {
  forbidden: [
    ...upward,
    ...across,
    {
      name: 'known-floor',
      comment: 'a file of src belongs to a floor of the list: add a new folder to ARCHITECTURE.md and here',
      severity: 'error',
      from: { path: '^src/', pathNot: places([...floors, ...siblings, ...roofs]) },
      to: {},
    },
    {
      name: 'no-node-builtin',
      comment:
        'the portable floors run in browsers: Node built-ins only in node, uplink, testing, cli and index.node.ts',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `${folder(['node', 'uplink', 'testing', 'cli'])}|^src/(index\\.node|register)\\.ts$`,
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-circle',
      comment:
        'modules that need each other at run time are one concern: put them together, or cut what they share out',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only-runtime-dependencies',
      comment: 'what is published imports only what package.json lists under dependencies (or optional peers)',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'the imported file does not exist',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'src-stands-alone',
      comment: 'src imports nothing of test, scripts, bench, examples or lab',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench|examples|lab|types)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    progress: { type: 'none' },
  },
}
