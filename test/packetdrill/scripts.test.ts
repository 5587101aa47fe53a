import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseScript, versionsOf } from '../../src/packetdrill/index.ts'
import { outcome } from './run-script.ts'

const folder = new URL('./scripts/', import.meta.url)
const runs = readdirSync(folder)
  .filter((name) => name.endsWith('.pkt'))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    return versionsOf(parseScript(text).options).map((version) => [file, version, text] as const)
  })

test.each(runs)('%s (%s)', async (_file, version, text) => {
  expect(await outcome(text, version)).toBeNull()
})
