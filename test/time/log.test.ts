import { describe, expect, test } from 'vitest'
import { InputLog, InputReplay, parseInputLog } from '../../src/time/index.ts'

describe('log of outside input', () => {
  test('entries survive writing and reading', () => {
    const clock = { now: 0, steps: 0 }
    const log = new InputLog(clock)
    const bytes = Uint8Array.of(0, 1, 254, 255)
    log.append('tty:shell', 'key', bytes)
    bytes.fill(9)
    clock.now = 1_500_000_000
    clock.steps = 12
    log.append('uplink:a"b', 'frame', new Uint8Array(0))
    expect(parseInputLog(log.toString())).toEqual([
      { time: 0, steps: 0, source: 'tty:shell', kind: 'key', bytes: Uint8Array.of(0, 1, 254, 255) },
      { time: 1_500_000_000, steps: 12, source: 'uplink:a"b', kind: 'frame', bytes: new Uint8Array(0) },
    ])
    expect(parseInputLog(log.toString())).toEqual(log.entries)
  })

  test.each([
    ['{', 'line 1: not JSON'],
    ['[1,2]', 'line 1: not an array of time, steps, source, kind and bytes'],
    ['\n[-1,0,"s","k",""]', 'line 2: time is not a whole number'],
    ['[0,0.5,"s","k",""]', 'line 1: steps is not a whole number'],
    ['[0,0,1,"k",""]', 'line 1: source and kind are not both text'],
    ['[0,0,"s","k","0"]', 'line 1: bytes are not hexadecimal'],
    ['[0,0,"s","k",7]', 'line 1: bytes are not hexadecimal'],
    ['[5,1,"s","k",""]\n[4,2,"s","k",""]', 'line 2: earlier than the entry before it'],
  ])('%j is refused', (text, message) => {
    expect(() => parseInputLog(text)).toThrow(message)
  })

  test('a replay gives each entry to the handler of its source, in order', () => {
    const replay = new InputReplay(parseInputLog('[5,1,"a","key","41"]\n[9,3,"b","frame","4242"]\n'))
    const seen: string[] = []
    replay.on('a', (kind, bytes) => seen.push(`a ${kind} ${bytes.length}`))
    replay.on('b', (kind, bytes) => seen.push(`b ${kind} ${bytes.length}`))
    expect([replay.time, replay.steps]).toEqual([5, 1])
    replay.deliver()
    expect([replay.time, replay.steps]).toEqual([9, 3])
    replay.deliver()
    expect([replay.time, replay.steps]).toEqual([Infinity, Infinity])
    replay.deliver()
    expect(seen).toEqual(['a key 1', 'b frame 2'])
  })

  test('a source that is not there is an error, not silence', () => {
    const replay = new InputReplay(parseInputLog('[5,1,"gone","key","41"]'))
    expect(() => replay.deliver()).toThrow('nothing in this network takes input from gone')
  })
})
