import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { IP_VERSIONS } from '../../src/packetdrill/index.ts'
import { outcomeOfFile } from './run-script.ts'

const folder = new URL('./scripts/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.pkt'))

test.each(files.flatMap((file) => IP_VERSIONS.map((version) => [file, version] as const)))(
  '%s (%s)',
  async (file, version) => {
    expect(await outcomeOfFile(new URL(file, folder), version)).toBeNull()
  },
)
