/** Each measured case of the calls, over the whole stack: records and bytes on the wire. */
import { describe, expect, test } from 'vitest'
import { Player } from './player.ts'
import { ROWS } from './rows/index.ts'
import { play, trimmed } from './script.ts'

describe.each(['records', 'bytes'] as const)('%s', (packets) => {
  test.each(ROWS)('$id $title', async ({ script }) => {
    const player = new Player(packets)
    expect(await play(script, player.execute)).toBe(trimmed(script))
    await player.net.close()
  })
})

test('no id is given twice', () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length)
})
