/** Debian's tcpdump reads what ours wrote, prints the same, and its filters choose the same frames. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Network } from '../../src/network/index.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/constants.ts'
import { program as ping } from '../../src/userland/ping/index.ts'
import { program as tcpdump } from '../../src/userland/tcpdump/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'tools-'))
afterAll(() => rmSync(directory, { recursive: true }))

const net = new Network({ seed: 3, programs: [tcpdump, ping] })
const server = net.host('server', { address: '10.0.0.1/24' })
const client = net.host('client', { address: '10.0.0.2/24' })
net.link(server, client, { latency: '1ms', offload: false })

/** Segments to an HTTP port: messages whole and cut, bodies of text and of anything, the end of one and the begin of another. */
const HTTP = [
  'GET / HTTP/1.0\r\n\r\n',
  'GET /x HTTP/1.1\r\nHost: server\r\nAccept: */*\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>hello\n',
  'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
  'HTTP/1.1 200 OK\r\nX-Odd: a\tb\x01c\r\n\r\n',
  'HTTP/1.1 404 File not found\r\nServer: x',
  'HEAD / HTTP/1.1\nHost: a\n\n',
  'just text\r\nand more of it\r\n',
  'a line without an end',
  '\x00\x01\x02\x03\xff\xfe',
  '\r\n',
  '\n',
  'G',
  'GET',
  'GET /cut HTTP/1.1\r',
  'POST /form HTTP/1.1\r\nContent-Length: 3\r\n\r\na=\xe9',
  'PUT\t/tab HTTP/1.1\r\n\r\n',
  '\x80\x81 binary first 200 then words\r\n',
  'HTTP/1.1 204\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n\xff\xfe\r\nmore\r\n',
]

/** Connections, datagrams, pings, fragments, errors: the frames that `-i WHERE` saw. */
const record = async (where: string): Promise<Uint8Array> => {
  const child = client.spawn('tcpdump', ['-i', where, '-w', '/tmp/x.pcap'])
  await net.runFor('10ms')
  for (const args of [
    ['-c', '2', '10.0.0.1'],
    ['-s', '3000', '-c', '1', '10.0.0.1'],
    ['-c', '1', '::1'],
    ['-c', '1', '10.0.0.9'],
  ])
    await client.spawn('ping', args).exited
  const a = server.process('server')
  const listener = a.socket(AF_INET, SOCK_STREAM)
  a.bind(listener, { address: '0.0.0.0', port: 9000 })
  a.listen(listener, 5)
  const b = client.process('client')
  for (const size of [1, 5000]) {
    const fd = b.socket(AF_INET, SOCK_STREAM)
    await b.promises.connect(fd, { address: '10.0.0.1', port: 9000 })
    await b.promises.send(fd, new Uint8Array(size))
    const { fd: accepted } = await a.promises.accept(listener)
    await a.promises.recv(accepted, new Uint8Array(100))
    await b.promises.close(fd)
    await a.promises.close(accepted)
  }
  const web = a.socket(AF_INET, SOCK_STREAM)
  a.bind(web, { address: '0.0.0.0', port: 8080 })
  a.listen(web, 5)
  const browser = b.socket(AF_INET, SOCK_STREAM)
  await b.promises.connect(browser, { address: '10.0.0.1', port: 8080 })
  for (const payload of HTTP) {
    await b.promises.send(
      browser,
      Uint8Array.from(payload, (c) => c.charCodeAt(0)),
    )
    await net.runFor('50ms')
  }
  const refused = b.socket(AF_INET, SOCK_STREAM)
  await b.promises.connectResult(refused, { address: '10.0.0.1', port: 81 })
  await b.promises.sendto(b.socket(AF_INET, SOCK_DGRAM), 'hi', 0, { address: '10.0.0.1', port: 5999 })
  await b.promises.sendto(b.socket(AF_INET6, SOCK_DGRAM), 'hi', 0, { address: '::1', port: 99 })
  await net.runFor('5s')
  child.kill('SIGINT')
  await child.exited
  const bytes = client.init.readFile('/tmp/x.pcap')
  if (typeof bytes === 'number') throw new Error(`no capture: ${bytes}`)
  return bytes
}

const path = join(directory, 'eth0.pcap')
beforeAll(async () => writeFileSync(path, await record('eth0')))

/** What both print for the same arguments. */
const both = async (args: readonly string[]): Promise<readonly [ours: string, theirs: string]> => {
  const real = spawnSync('tcpdump', ['-r', path, ...args], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
  if (real.error !== undefined) throw real.error
  const child = client.spawn('tcpdump', ['-r', '/tmp/x.pcap', ...args])
  await child.exited
  // libpcap sees that some filters match nothing, and says so.
  expect(real.status === 0 || real.stderr.includes('expression rejects all packets'), real.stderr).toBe(true)
  return [child.stdout?.text ?? '', real.stdout]
}

const FILTERS = [
  '',
  'tcp',
  'udp',
  'icmp',
  'arp',
  'ip',
  'ip6',
  'icmp6',
  'not ip',
  'host 10.0.0.1',
  'src host 10.0.0.1',
  'dst 10.0.0.1 and tcp',
  'src or dst 10.0.0.9',
  'src and dst net 10.0.0.0/24',
  'net 10.0 and port 9000',
  'net 10.0.0.0 mask 255.255.255.0 and udp',
  'port 9000 or 5999',
  'tcp port 9000 or 81',
  'portrange 50-99',
  'src portrange 1-1024',
  'udp port 99',
  'ip6 and port 99',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn',
  'tcp[13] & 4 != 0',
  '(tcp[13] & 2) != 0',
  'ip[6:2] & 0x1fff != 0',
  'ip[2:2] > 576',
  'icmp[icmptype] = icmp-echo or icmp[icmptype] == icmp-unreach',
  'icmp[0] = 8 and icmp[6:2] > 1',
  'less 60',
  'greater 1000',
  'len >= 60 and len <= 100',
  'ether broadcast',
  'broadcast or multicast',
  'ether proto 0x0806',
  'ip proto 17',
  'ip proto \\tcp and not port 81',
  'udp or icmp and arp',
  'not (tcp or udp) and not arp',
  'ip and not tcp and not udp',
  'tcp port 9000 and ((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0',
  'ether[12:2] = 0x0800',
]

test('frames of an interface: every filter chooses what libpcap chooses', async () => {
  for (const filter of FILTERS) {
    const [ours, theirs] = await both(['-n', ...filter.split(' ').filter((word) => word !== '')])
    expect(ours, filter).toBe(theirs)
  }
})

test('forms of output', async () => {
  for (const form of [
    '-nt',
    '-ntt',
    '-nttt',
    '-ntttt',
    '-nttttt',
    '-ne',
    '-nev',
    '-nv',
    '-nvv',
    '-nS',
    '-nx',
    '-nxx',
    '-nX',
    '-nXX',
    '-nA',
    '-n#',
    '-nq',
  ]) {
    const [ours, theirs] = await both([form])
    expect(ours, form).toBe(theirs)
  }
})
