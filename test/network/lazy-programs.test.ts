import { describe, expect, test } from 'vitest'
import { Code, LazyProgram, type Process, type Program } from '../../src/host/index.ts'
import { Network } from '../../src/index.node.ts'
import { Network as PortableNetwork } from '../../src/index.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/constants.ts'
import { preload, programs } from '../../src/userland/index.ts'

/** As a slow page would fetch it: many turns of the event loop. */
const slowly = async <T>(value: T): Promise<T> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  return value
}

const read = async (proc: Process, fd: number): Promise<string> => {
  const buf = new Uint8Array(100)
  return new TextDecoder().decode(buf.subarray(0, await proc.promises.recv(fd, buf)))
}

/** A server that runs `work` for every connection, by fork and exec, and answers with what stands in its clock. */
const serve: Program = {
  name: 'serve',
  async main(proc) {
    const fd = proc.socket(AF_INET, SOCK_STREAM)
    proc.bind(fd, { address: '0.0.0.0', port: 80 })
    proc.listen(fd, 5)
    for (;;) {
      const { fd: connection } = await proc.promises.accept(fd)
      proc.fork((child) => {
        child.dup2(connection, 1)
        return child.exec('work', [])
      })
      proc.close(connection)
    }
  },
}
const work: Program = {
  name: 'work',
  async main(proc) {
    await proc.promises.send(1, `${proc.pid} at ${proc.host.clock.now}`)
    return 0
  },
}

/** What two hosts say and when, with programs that are there, or come slowly. */
const session = async (lazy: boolean): Promise<string[]> => {
  const one = (program: Program): Program =>
    lazy ? new LazyProgram(program.name, [], new Code(program.name, () => slowly(program)), (code) => code) : program
  const net = new Network({ seed: 3, digest: true, programs: [one(serve), one(work)] })
  const server = net.host('server', { address: '10.0.0.1/24' })
  const client = net.host('client', { address: '10.0.0.2/24' })
  net.link(server, client, { latency: '3ms', jitter: '1ms' })
  const lines: string[] = []
  // Something else that goes on meanwhile, on both hosts.
  for (const host of [server, client])
    host.start(async (proc) => {
      for (let i = 0; i < 40; i++) {
        await proc.promises.sleep(0.7)
        lines.push(`${host.name} ticks at ${net.now}`)
      }
      return 0
    }, 'ticks')
  server.spawn('serve')
  await Promise.all(
    [1, 2, 3].map((i) =>
      client.run(async (proc) => {
        await proc.promises.sleep(i)
        const fd = proc.socket(AF_INET, SOCK_STREAM)
        await proc.promises.connect(fd, { address: '10.0.0.1', port: 80 })
        lines.push(`${i}: ${await read(proc, fd)}`)
      }),
    ),
  )
  lines.push(`${net.now} ${net.clock.steps} ${net.digest()}`)
  await net.close()
  return lines
}

// First: nothing has loaded the code of lsof in this file yet.
test('a report answers at once under Node, and elsewhere once its code is there', async () => {
  const node = new Network()
  expect(node.host('h', {}).lsof({ i: true })).toBe('')
  const portable = new PortableNetwork()
  const host = portable.host('h', {})
  expect(() => host.lsof()).toThrow("lsof: its code is not here yet: await preload('lsof') first")
  await preload('lsof', 'ss')
  expect([host.lsof({ i: true }), host.ss({ H: true })]).toEqual(['', ''])
  await Promise.all([node.close(), portable.close()])
})

describe('programs whose code comes late', () => {
  test('the same packets at the same times as when it is there, by spawn and by exec', async () => {
    const there = await session(false)
    expect(there.filter((line) => /^\d: \d+ at \d+$/.test(line))).toHaveLength(3)
    expect(await session(true)).toEqual(there)
  })

  test('a first question to a name server is as the second', async () => {
    const ask = async (): Promise<string> => {
      const net = new Network({ digest: true })
      const host = net.host('h', { address: '10.0.0.1/24', nameservers: ['10.0.0.2'] })
      const other = net.host('o', { address: '10.0.0.2/24' })
      net.link(host, other, { latency: '1ms' })
      const ticks: number[] = []
      await host.run(async (proc) => {
        const lookup = proc.promises.getaddrinfo('example.org').catch((error: Error) => error.message)
        // The next packet of the same process keeps its place behind the question.
        const fd = proc.socket(AF_INET, SOCK_STREAM)
        const connect = proc.promises
          .connect(fd, { address: '10.0.0.2', port: 80 })
          .catch((error: Error) => error.message)
        for (let i = 0; i < 5; i++) ticks.push(await proc.promises.sleep(0.3), net.now)
        expect(await connect).toContain('ECONNREFUSED')
        expect(await lookup).toContain('Temporary failure')
      })
      const result = `${ticks.join()} ${net.now} ${net.clock.steps} ${net.digest()}`
      await net.close()
      return result
    }
    const first = await ask()
    expect(await ask()).toBe(first)
  })

  test('code that cannot be had ends the process with a message; the next start tries again', async () => {
    let tries = 0
    const code = new Code<Program>('flaky', async () => {
      if (++tries === 1) throw new TypeError('the page is offline')
      return { name: 'flaky', main: () => 7 }
    })
    const net = new Network({ programs: [new LazyProgram('flaky', [], code, (program) => program)] })
    const host = net.host('h', {})
    const first = host.spawn('flaky')
    expect(await first.exited).toEqual({ code: 1, signal: null })
    expect(first.stderr?.text).toBe('flaky: the code of flaky could not be loaded: the page is offline\n')
    expect((await host.spawn('flaky').exited).code).toBe(7)
    await net.close()
  })

  test('a process that is killed while its code comes never runs', async () => {
    let ran = false
    const code = new Code<Program>('late', () =>
      slowly({
        name: 'late',
        main: () => {
          ran = true
          return 0
        },
      }),
    )
    const net = new Network({ programs: [new LazyProgram('late', [], code, (program) => program)] })
    const child = net.host('h', {}).spawn('late')
    child.kill('SIGKILL')
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
    await net.runFor('1s')
    expect([code.loaded?.name, ran]).toEqual(['late', false])
    await net.close()
  })

  test('the list has the names and aliases of the programs themselves', async () => {
    for (const entry of programs) {
      const program = await entry.load()
      expect([entry.name, entry.aliases ?? []]).toEqual([program.name, program.aliases ?? []])
    }
    const { CORE_PROGRAMS } = await import('../../src/userland/core/index.ts')
    expect(programs.map(({ name }) => name)).toEqual(expect.arrayContaining(CORE_PROGRAMS.map(({ name }) => name)))
    await expect(preload('nothing')).rejects.toThrow('there is no program "nothing"')
  })
})
