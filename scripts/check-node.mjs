/**
 * The toolchain runs on the Node that the `node` development dependency brings, whatever Node started npm.
 * Its binary comes by an install script; where that did not run, fail here with a sentence and not later with a riddle.
 */
import { readFileSync } from 'node:fs'

const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const wanted = `v${devDependencies.node}`

if (process.version !== wanted) {
  console.error(
    [
      `soquete: the project's scripts run on Node ${wanted}; this is ${process.version} (${process.execPath}).`,
      'That Node is the package `node` in devDependencies; an install script brings its binary to node_modules/.bin/node.',
      'Run `npm ci` again with install scripts allowed (package.json, "allowScripts"), and start scripts through npm.',
    ].join('\n'),
  )
  process.exit(1)
}
