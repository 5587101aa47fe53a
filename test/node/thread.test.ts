import { once } from 'node:events'
import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { Network } from '../../src/index.node.ts'
import { currentProgram } from '../../src/node/current.ts'
import { event, listen, readAll, twoHosts } from './two-hosts.ts'

describe('a Node server and a Node client on two virtual hosts', () => {
  test('exchange bytes, and their sockets show in lsof and ss', async () => {
    const { server, client } = twoHosts()
    const listener = await listen(server, 8080, (socket) => {
      socket.on('data', (chunk) => socket.write(`echo ${chunk}`))
    })
    expect(listener.address()).toEqual({ address: '::', family: 'IPv6', port: 8080 })
    expect(server.lsof({ i: true, n: true, P: true })).toMatch(
      /^run +\d+ root +3u +IPv6 +\d+ +0t0 +TCP \*:8080 \(LISTEN\)$/m,
    )
    const answer = await client.run(async () => {
      const socket = net.connect(8080, '10.0.0.1')
      await once(socket, 'connect')
      expect(client.ss({ t: true, n: true, p: true })).toMatch(/ESTAB.*10\.0\.0\.2:\d+ +10\.0\.0\.1:8080.*"run"/)
      expect(socket.remoteAddress).toBe('10.0.0.1')
      expect(socket instanceof net.Socket).toBe(true)
      socket.end('hello')
      return readAll(socket)
    })
    expect(answer).toBe('echo hello')
    listener.close()
    await event(listener, 'close')
  })

  test('callbacks belong to the program that opened the handle', async () => {
    const { server, client } = twoHosts()
    const seen: (string | undefined)[] = []
    const note = (): void => void seen.push(currentProgram()?.host.name)
    const listener = await listen(server, 80, (socket) => {
      note()
      socket.on('data', note)
      socket.on('end', note)
    })
    await client.run(async () => {
      const socket = net.connect(80, '10.0.0.1', note)
      socket.end('x', note)
      await once(socket.resume(), 'close')
    })
    expect(seen.filter((name) => name === 'server')).toHaveLength(3)
    expect(seen.filter((name) => name === 'client')).toHaveLength(2)
    expect(currentProgram()).toBeUndefined()
    listener.close()
  })

  test('a process stays while a server of it listens, and ends with its last handle', async () => {
    const { server } = twoHosts()
    const listener = await listen(server, 80, () => undefined)
    const pid = server.processes.list().find(({ comm }) => comm === 'run')?.pid as number
    expect(pid).toBeGreaterThan(1)
    listener.close()
    await event(listener, 'close')
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.find(pid)).toBeNull()
  })

  test('a killed process does nothing more: its peer sees the end, its own listeners nothing', async () => {
    const { server, client } = twoHosts()
    const seen: string[] = []
    const listener = await listen(server, 80, (socket) => {
      socket.write('x')
      for (const name of ['data', 'end', 'error', 'close'] as const) socket.on(name, () => seen.push(name))
    })
    listener.on('close', () => seen.push('server close'))
    const ended = await client.run(async () => {
      const socket = net.connect(80, '10.0.0.1')
      await once(socket, 'data')
      for (const process of server.processes.list()) if (process.comm === 'run') process.deliver(9)
      socket.resume()
      await once(socket, 'end')
      return true
    })
    expect(ended).toBe(true)
    expect(seen).toEqual([])
  })

  test('outside of a host everything stays the real network', async () => {
    const { server } = twoHosts()
    await listen(server, 80, () => undefined)
    const real = net.createServer((socket) => socket.end('real'))
    real.listen(0, '127.0.0.1')
    await once(real, 'listening')
    const { port } = real.address() as net.AddressInfo
    expect(await readAll(net.connect(port, '127.0.0.1'))).toBe('real')
    real.close()
  })

  test('a host in virtual time refuses Node programs by name', async () => {
    const network = new Network()
    const host = network.host('slow', { address: '10.0.0.1/24' })
    await expect(host.run(() => net.createServer().listen(80))).rejects.toThrow(
      /host slow is in virtual time.*time: 'real'/,
    )
    await network.close()
  })
})
