import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import { decode, encode, type Packet } from '@dnsquery/dns-packet'
import { describe, expect, test } from 'vitest'
import type { Host } from '../../src/index.node.ts'
import { event, listen, readAll, twoHosts } from './two-hosts.ts'

const zone: Readonly<Record<string, object[]>> = {
  'A www.test': [{ type: 'A', name: 'www.test', ttl: 60, data: '192.0.2.7' }],
  'AAAA www.test': [{ type: 'AAAA', name: 'www.test', ttl: 60, data: '2001:db8::7' }],
  'MX test': [{ type: 'MX', name: 'test', ttl: 5, data: { preference: 10, exchange: 'mail.test' } }],
  'TXT test': [{ type: 'TXT', name: 'test', ttl: 5, data: ['one', 'two'] }],
  'SRV _x._tcp.test': [
    { type: 'SRV', name: '_x._tcp.test', ttl: 5, data: { priority: 1, weight: 2, port: 3, target: 'a.test' } },
  ],
  'PTR 7.2.0.192.in-addr.arpa': [{ type: 'PTR', name: '7.2.0.192.in-addr.arpa', ttl: 5, data: 'www.test' }],
}

/** A name server written for Node, on a virtual host. */
const nameServer = (host: Host): Promise<dgram.Socket> =>
  host.run(async () => {
    const socket = dgram.createSocket('udp4')
    socket.on('message', (message, from) => {
      const { id, questions } = decode(message)
      const [{ type, name }] = questions as [{ type: string; name: string }]
      const answers = zone[`${type} ${name}`]
      const known = Object.keys(zone).some((key) => key.endsWith(` ${name}`))
      const reply = { type: 'response', id, flags: 0x8180 | (known ? 0 : 3), questions, answers: answers ?? [] }
      socket.send(encode(reply as unknown as Packet), from.port, from.address)
    })
    socket.bind(53)
    await event(socket, 'listening')
    return socket
  })

const withNames = (): { client: Host; server: Host } => {
  const { server, client } = twoHosts()
  client.putFiles({ '/etc/resolv.conf': 'nameserver 10.0.0.1\n' })
  return { server, client }
}

describe('names on a virtual host', () => {
  test('lookup reads the host’s /etc/hosts, and net.connect finds its peer by name', async () => {
    const { server, client } = twoHosts()
    await listen(server, 80, (socket) => socket.end('found'))
    expect(await client.run(() => dns.promises.lookup('server'))).toEqual({ address: '10.0.0.1', family: 4 })
    expect(await client.run(() => readAll(net.connect(80, 'server')))).toBe('found')
    client.putFiles({ '/etc/hosts': '10.0.0.1 other\nfd00::1 other\n' })
    expect(
      await client.run(() => dns.promises.lookup('other', { all: true, order: 'ipv4first' } as dns.LookupAllOptions)),
    ).toEqual([
      { address: '10.0.0.1', family: 4 },
      { address: 'fd00::1', family: 6 },
    ])
    expect(await client.run(() => dns.promises.lookup('other', 6))).toEqual({ address: 'fd00::1', family: 6 })
    expect(await client.run(() => dns.promises.lookupService('10.0.0.1', 80))).toEqual({
      hostname: 'other',
      service: 'http',
    })
  })

  test('a name that nobody knows is Node’s ENOTFOUND, field for field', async () => {
    const { server, client } = withNames()
    await nameServer(server)
    const error = await client.run(() => dns.promises.lookup('nowhere.test').catch((e: unknown) => e))
    expect(error).toMatchObject({
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getaddrinfo',
      hostname: 'nowhere.test',
      message: 'getaddrinfo ENOTFOUND nowhere.test',
    })
    const refused = await client.run(async () => {
      const socket = net.connect(80, 'nowhere.test')
      return event(socket, 'error')
    })
    expect(refused).toMatchObject({ code: 'ENOTFOUND', hostname: 'nowhere.test' })
  })

  test('lookup and resolve ask the name server of the host', async () => {
    const { server, client } = withNames()
    await nameServer(server)
    const found = await client.run(async () => ({
      lookup: await dns.promises.lookup('www.test'),
      a: await dns.promises.resolve4('www.test', { ttl: true }),
      aaaa: await dns.promises.resolve6('www.test'),
      mx: await dns.promises.resolveMx('test'),
      txt: await dns.promises.resolveTxt('test'),
      srv: await dns.promises.resolveSrv('_x._tcp.test'),
      reverse: await dns.promises.reverse('192.0.2.7'),
      servers: dns.getServers(),
    }))
    expect(found).toEqual({
      lookup: { address: '2001:db8::7', family: 6 },
      a: [{ address: '192.0.2.7', ttl: 60 }],
      aaaa: ['2001:db8::7'],
      mx: [{ exchange: 'mail.test', priority: 10 }],
      txt: [['one', 'two']],
      srv: [{ name: 'a.test', port: 3, priority: 1, weight: 2 }],
      reverse: ['www.test'],
      servers: ['10.0.0.1'],
    })
  })

  test('resolve tells ENOTFOUND, ENODATA, EBADNAME and ECANCELLED apart', async () => {
    const { server, client } = withNames()
    await nameServer(server)
    const codes = await client.run(async () => {
      const code = (promise: Promise<unknown>): Promise<unknown> =>
        promise.then(
          () => 'none',
          (error: NodeJS.ErrnoException) => error.code,
        )
      const resolver = new dns.promises.Resolver()
      const canceled = code(resolver.resolve4('www.test'))
      resolver.cancel()
      return [
        await code(dns.promises.resolve4('missing.test')),
        await code(dns.promises.resolveMx('www.test')),
        await code(dns.promises.resolve4('a..test')),
        await canceled,
      ]
    })
    expect(codes).toEqual(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ECANCELLED'])
  })

  test('setServers of one host is not another’s', async () => {
    const { server, client } = twoHosts()
    const seen = await client.run(() => {
      dns.setServers(['10.0.0.1', '10.0.0.9:5353'])
      return dns.getServers()
    })
    expect(seen).toEqual(['10.0.0.1', '10.0.0.9:5353'])
    expect(await server.run(() => dns.getServers())).toEqual(['127.0.0.1'])
  })
})
