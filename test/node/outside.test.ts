import { execFileSync, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import dgram from 'node:dgram'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { event, listen, readAll, twoHosts } from './two-hosts.ts'

const directory = (): string => {
  const path = fs.mkdtempSync(join(tmpdir(), 'soquete-'))
  onTestFinished(() => fs.rmSync(path, { recursive: true, force: true }))
  return path
}

describe('publish', () => {
  test('a real client reaches a virtual server, which sees its true address', async () => {
    const { net: network, server } = twoHosts()
    const peers: string[] = []
    await server.run(async () => {
      const web = http.createServer((request, response) => {
        peers.push(`${request.socket.remoteAddress} ${request.socket.remotePort}`)
        response.end('virtual')
      })
      web.listen(80)
      await once(web, 'listening')
    })
    const { port, address } = await network.publish('0:80', server)
    expect(address).toBe('127.0.0.1')
    const socket = net.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const own = `::ffff:127.0.0.1 ${socket.localPort}`
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(await readAll(socket)).toMatch(/\r\n\r\nvirtual$|virtual/)
    expect(peers).toEqual([own])
  })

  test('a port that nobody listens on, and one that is taken', async () => {
    const { net: network, server } = twoHosts()
    const { port } = await network.publish('0:81', server)
    const socket = net.connect(port, '127.0.0.1')
    expect(await event(socket, 'error')).toMatchObject({ code: 'ECONNRESET' })
    const taken = await network.publish(`${port}:82`, server).catch((error: unknown) => error)
    expect(taken).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', address: '127.0.0.1', port })
    await expect(network.publish('eighty:80', server)).rejects.toThrow(/not \[address:\]port:hostPort/)
  })

  test('UDP: each peer has a flow, and answers come back', async () => {
    const { net: network, server } = twoHosts()
    const peers: string[] = []
    await server.run(async () => {
      const socket = dgram.createSocket('udp4')
      socket.on('message', (message, from) => {
        peers.push(`${from.address} ${from.port}`)
        socket.send(`echo ${message}`, from.port, from.address)
      })
      socket.bind(53)
      await once(socket, 'listening')
    })
    const { port } = await network.publish('0:53/udp', server)
    const real = dgram.createSocket('udp4')
    onTestFinished(() => void real.close())
    real.bind(0, '127.0.0.1')
    await once(real, 'listening')
    real.send('hello', port, '127.0.0.1')
    const [message] = (await once(real, 'message')) as [Buffer]
    expect(message.toString()).toBe('echo hello')
    expect(peers).toEqual([`127.0.0.1 ${real.address().port}`])
  })
})

describe('files of a program', () => {
  test('a Unix socket is bound on the host alone, and its path shows to the host’s programs alone', async () => {
    const { server, client } = twoHosts()
    const path = join(directory(), 'a.sock')
    const listener = await listen(server, path, (socket) => socket.end('local'))
    expect(await server.run(() => readAll(net.connect(path)))).toBe('local')
    expect(await server.run(() => [fs.existsSync(path), fs.statSync(path).isSocket()])).toEqual([true, true])
    expect(await server.run(async () => (await fs.promises.lstat(path)).isSocket())).toBe(true)
    expect(fs.existsSync(path)).toBe(false)
    expect(await client.run(() => fs.existsSync(path))).toBe(false)
    expect(server.lsof({ U: true })).toContain(path)
    const refused = await client.run(() => event(net.connect(path), 'error'))
    expect(refused).toMatchObject({ code: 'ENOENT', syscall: 'connect', address: path })
    listener.close()
    await event(listener, 'close')
    expect(await server.run(() => fs.existsSync(path))).toBe(false)
  })

  test('a path left behind can be removed before the next listen', async () => {
    const { server } = twoHosts()
    const path = join(directory(), 'a.sock')
    await listen(server, path, () => undefined)
    for (const process of server.processes.list()) if (process.comm === 'run') process.deliver(9)
    const taken = await server.run(() => event(net.createServer().listen(path), 'error'))
    expect(taken).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', address: path })
    await server.run(() => fs.unlinkSync(path))
    await listen(server, path, (socket) => socket.end('again'))
    expect(await server.run(() => readAll(net.connect(path)))).toBe('again')
  })

  test('/etc/hosts is the host’s', async () => {
    const { server } = twoHosts()
    expect(await server.run(() => fs.readFileSync('/etc/hosts', 'utf8'))).toMatch(/10\.0\.0\.2\s+client/)
    expect(fs.readFileSync('/etc/hosts', 'utf8')).not.toMatch(/10\.0\.0\.2\s+client/)
  })
})

describe('what is not virtual is refused by name', () => {
  test('child processes, unless they are allowed', async () => {
    const { server } = twoHosts()
    await expect(server.run(() => spawn('true'))).rejects.toThrow(/a child process \(true\).*SOQUETE_ALLOW_CHILDREN=1/)
    await expect(server.run(() => execFileSync('true'))).rejects.toThrow(/a child process/)
    process.env['SOQUETE_ALLOW_CHILDREN'] = '1'
    onTestFinished(() => void delete process.env['SOQUETE_ALLOW_CHILDREN'])
    expect(await server.run(() => execFileSync('echo', ['yes']).toString())).toBe('yes\n')
    expect(execFileSync('echo', ['real']).toString()).toBe('real\n')
  })

  test('clusters, and descriptors of the real system', async () => {
    const { server } = twoHosts()
    await expect(server.run(() => cluster.fork())).rejects.toThrow(/cluster/)
    const real = net.createServer().listen(0, '127.0.0.1')
    await once(real, 'listening')
    const { fd } = (real as unknown as { _handle: { fd: number } })._handle
    await expect(server.run(() => new net.Socket({ fd }))).rejects.toThrow(/descriptor of the real system/)
    real.close()
  })

  test('the network in a worker thread', async () => {
    const { server } = twoHosts()
    const file = join(directory(), 'worker.cjs')
    fs.writeFileSync(
      file,
      `const { parentPort } = require('node:worker_threads')
       process.on('uncaughtException', (error) => parentPort.postMessage(error.message))
       require('node:net').connect(80, '127.0.0.1').on('error', (error) => parentPort.postMessage(error.message))`,
    )
    const worker = await server.run(() => new Worker(file))
    expect(await event(worker, 'message')).toMatch(/network in a worker thread/)
    await expect(server.run(() => new Worker('1', { eval: true }))).rejects.toThrow(/eval: true/)
    await worker.terminate()
  })
})
