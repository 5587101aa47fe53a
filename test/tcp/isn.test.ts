import { describe, expect } from 'vitest'
import { Address } from '../../src/wire/address.ts'
import { script, type World } from '../support/tcp.ts'

const isnOf = (world: World, port: number, peer = world.peer): number => {
  const socket = world.newSocket()
  socket.bind(null, 40_000)
  socket.connect(peer, port)
  world.run()
  const isn = world.take()[0]?.rawSeq as number
  socket.close()
  return isn
}

describe('initial sequence numbers', () => {
  script(
    "[MUST-8, 6528-3-a, 6528-3-c, 9293-3.4.3-a, SHLD-1] one four-tuple's numbers follow a clock of 4 us ticks",
    (make) => {
      const world = make()
      const first = isnOf(world, 5000)
      world.run(1000)
      expect((isnOf(world, 5000) - first) | 0).toBe(250_000)
    },
  )

  script(
    '[MUST-9, 6528-3-b, 6528-3-c, 6528-4] different four-tuples are unrelated, and another secret gives other numbers',
    (make) => {
      const world = make()
      const numbers = [5000, 5001, 5002, 5003].map((port) => isnOf(world, port))
      numbers.push(isnOf(world, 5000, Address.v4(0x0a000003)))
      expect(new Set(numbers).size).toBe(5)
      const gaps = numbers.slice(1).map((n, i) => Math.abs((n - (numbers[i] as number)) | 0))
      expect(Math.min(...gaps)).toBeGreaterThan(1000)
      expect(isnOf(make({ seed: 2 }), 5000)).not.toBe(numbers[0])
      // The same seed gives the same run.
      expect(isnOf(make(), 5000)).toBe(numbers[0])
    },
  )

  script('listeners choose them the same way', (make) => {
    const world = make()
    world.listen()
    world.inject({ flags: 'S', seq: 0, sport: 6000, mss: 1460 })
    const first = world.take()[0]?.rawSeq as number
    world.inject({ flags: 'S', seq: 0, sport: 6001, mss: 1460 })
    expect(Math.abs((world.take()[0]?.rawSeq as number) - first)).toBeGreaterThan(1000)
  })
})
