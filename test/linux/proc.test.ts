/** Files of /proc as Linux 6.18 writes them: columns, padding, values that follow from the state. */
import { afterEach, expect, test } from 'vitest'
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/index.ts'
import { program as cat } from '../../src/userland/core/cat.ts'
import { program as ip } from '../../src/userland/ip/index.ts'
import { program as netstat } from '../../src/userland/netstat/index.ts'
import { program as sh } from '../../src/userland/sh/index.ts'
import { program as ss } from '../../src/userland/ss/index.ts'
import { Desk } from '../userland/netdesk.ts'

const desks: Desk[] = []
const desk = (): Desk => {
  const made = new Desk([ip, sh, cat, ss, netstat])
  desks.push(made)
  return made
}
afterEach(async () => {
  for (const one of desks.splice(0)) await one.net.close()
})

test('LX-proc-01 net/tcp: a new, a used and a retransmitting connection', async () => {
  const { net, server, client } = desk()
  const far = server.process('httpd')
  const near = client.process('curl')
  const l = far.socket(AF_INET, SOCK_STREAM)
  far.bind(l, { address: '10.0.0.1', port: 8080 })
  far.listen(l, 5)
  const c = near.socket(AF_INET, SOCK_STREAM)
  await near.promises.connect(c, { address: '10.0.0.1', port: 8080 })
  await far.promises.accept(l)
  const line = (host = client): string =>
    String(host.init.readText('/proc/net/tcp'))
      .split('\n')
      .filter((text) => / 0[1-9B] /.test(text))[0] ?? ''
  const tail = (host = client): string => line(host).split('0'.repeat(16))[1]?.trim() ?? ''
  expect(line()).toHaveLength(149)
  // rto and ato in hundredths of a second, quick ACKs and ping-pong, window, no threshold yet.
  expect(tail()).toBe('20 0 0 10 -1')
  near.send(c, new Uint8Array(30))
  await net.runFor('1ms')
  expect(tail(server)).toBe('20 4 30 10 -1')
  net.partition(server, client)
  near.send(c, new Uint8Array(30))
  await net.runFor('1s')
  expect(line()).toMatch(/ 01 0000001E:00000000 01:000000[0-9A-F]{2} 00000002 +0 +0 \d+ 2 0{16} 80 0 0 1 \d+ *$/)
})

test('LX-proc-02 net/tcp: probes of a closed window are the column timeout', async () => {
  const { net, server, client } = desk()
  const far = server.process('httpd')
  const near = client.process('curl')
  const l = far.socket(AF_INET, SOCK_STREAM)
  far.bind(l, { address: '10.0.0.1', port: 8080 })
  far.listen(l, 5)
  const c = near.socket(AF_INET, SOCK_STREAM | 0o4000)
  near.connect(c, { address: '10.0.0.1', port: 8080 })
  await net.runFor('1ms')
  for (let i = 0; i < 200; i++) {
    near.send(c, new Uint8Array(65_536))
    await net.runFor('1ms')
  }
  net.partition(server, client)
  await net.runFor('3s')
  const table = String(client.init.readText('/proc/net/tcp'))
  expect(table).toMatch(/ 01 000[0-9A-F]{5}:00000000 04:[0-9A-F]{8} 00000000 +0 +[1-9] \d+ 2 0{16} /)
})

test('LX-proc-03 net/unix: listening, connected, not accepted yet', async () => {
  const made = desk()
  const { server } = made
  const p = server.process('daemon', { cwd: '/tmp' })
  const l = p.socket(AF_UNIX, SOCK_STREAM)
  p.bind(l, { path: '/tmp/x.sock' })
  p.listen(l, 7)
  const c = p.socket(AF_UNIX, SOCK_STREAM)
  p.connect(c, { path: '/tmp/x.sock' })
  const pair = p.socketpair(AF_UNIX, SOCK_DGRAM)
  if (typeof pair === 'number') throw new Error('no pair')
  p.send(pair[0], new Uint8Array(5))
  p.send(pair[0], new Uint8Array(9))
  const lines = (): string[] =>
    String(server.init.readText('/proc/net/unix'))
      .split('\n')
      .slice(1, -1)
      .map((line) => line.replace(/2\d{4}(?=$| \/)/, 'INODE'))
  const at = '0'.repeat(16)
  expect(lines()).toEqual([
    `${at}: 00000002 00000000 00010000 0001 01 INODE /tmp/x.sock`,
    `${at}: 00000003 00000000 00000000 0001 03 INODE`,
    `${at}: 00000003 00000000 00000000 0001 02     0 /tmp/x.sock`,
    `${at}: 00000003 00000000 00000000 0002 03 INODE`,
    `${at}: 00000003 00000000 00000000 0002 03 INODE`,
  ])
  // ss shows who waits and the backlog, the bytes of the next datagram, and not what nobody accepted.
  const shown = async (): Promise<string[]> =>
    (await made.run(server, 'ss -xan')).out
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(/ +/).slice(0, 4).join(' '))
  expect(await shown()).toEqual(
    ['u_str LISTEN 1 7', 'u_str ESTAB 0 0', 'u_dgr ESTAB 0 ', 'u_dgr ESTAB 5 0'].map((one, i) =>
      i === 2 ? expect.stringMatching(/^u_dgr ESTAB 0 [1-9]/) : one,
    ),
  )
  expect((await made.run(server, 'netstat -xanp')).out).toMatch(
    /^unix {2}3 +\[ \] +STREAM +CONNECTING +0 +- +\/tmp\/x\.sock$/m,
  )
  expect(p.accept(l)).toBeGreaterThan(0)
  expect(lines()[2]).toBe(`${at}: 00000003 00000000 00000000 0001 03 INODE /tmp/x.sock`)
  expect(await shown()).toContain('u_str LISTEN 0 7')
})

test('LX-proc-04 net/route and net/arp', async () => {
  const made = desk()
  const { client, net } = made
  for (const words of [
    'route add default via 10.0.0.1',
    'route add 10.7.0.5/32 via 10.0.0.1 metric 20',
    'route add blackhole 10.8.0.0/16',
    'route add unreachable 10.9.0.0/16',
    'neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev eth0',
  ])
    expect((await made.run(client, `ip ${words}`)).code).toBe(0)
  const p = client.process('app')
  p.connect(p.socket(AF_INET, SOCK_STREAM | 0o4000), { address: '10.0.0.9', port: 80 })
  p.connect(p.socket(AF_INET, SOCK_STREAM | 0o4000), { address: '10.0.0.1', port: 80 })
  await net.runFor('10ms')
  const route = String(client.init.readText('/proc/net/route')).split('\n').slice(0, -1)
  expect(route.map((line) => line.length)).toEqual(route.map(() => 127))
  expect(route.map((line) => line.trimEnd())).toEqual([
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'eth0\t0500070A\t0100000A\t0007\t0\t0\t20\tFFFFFFFF\t0\t0\t0',
    '*\t0000080A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    '*\t0000090A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0',
  ])
  const arp = String(client.init.readText('/proc/net/arp')).replace(/(?<=0x2 {9})\S{17}/, 'MA:MA:MA:MA:MA:MA')
  expect(arp).toBe(
    [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '10.0.0.3         0x1         0x6         02:00:00:00:00:03     *        eth0',
      '10.0.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0',
      '10.0.0.1         0x1         0x2         MA:MA:MA:MA:MA:MA     *        eth0',
      '',
    ].join('\n'),
  )
})

test('LX-proc-05 a script: exe and argv[0] are its interpreter, comm is its own', async () => {
  const { server } = desk()
  server.putFiles({ '/tmp/tool': '#!/bin/sh\nread line\n' })
  server.init.chmod('/tmp/tool', 0o755)
  const child = server.spawn('/tmp/tool', ['one'], { input: true })
  const at = `/proc/${child.process.pid}`
  expect(server.init.readlink(`${at}/exe`)).toBe('/usr/bin/sh')
  expect(server.init.readText(`${at}/cmdline`)).toBe('/bin/sh\0/tmp/tool\0one\0')
  expect(server.init.readText(`${at}/comm`)).toBe('tool\n')
  child.kill('SIGKILL')
})

test('LX-proc-06 sys/net/ipv4/conf: all, default and each interface', async () => {
  const { server } = desk()
  const at = '/proc/sys/net/ipv4/conf'
  const names = server.init.readdir(at)
  if (typeof names === 'number') throw new Error('no such directory')
  expect(
    names
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['all', 'default', 'eth0', 'lo'])
  expect(server.init.writeFile(`${at}/eth0/rp_filter`, '2\n')).toBeGreaterThanOrEqual(0)
  expect(server.sysctl.get('net.ipv4.conf.eth0.rp_filter')).toBe('2')
  expect(server.sysctl.get('net.ipv4.conf.lo.rp_filter')).toBe('0')
  expect(server.ip.confs.of(server.ip.interfaces[1] as never).rpFilter).toBe(2)
})
