import { afterEach, describe, expect, it } from 'vitest'
import type { Process } from '../../src/host/index.ts'
import { AF_INET, AF_PACKET, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/constants.ts'
import { program as ping } from '../../src/userland/ping/index.ts'
import { readSavefile } from '../../src/userland/tcpdump/file.ts'
import { FilterError, parseFilter } from '../../src/userland/tcpdump/filter.ts'
import { FrameView } from '../../src/userland/tcpdump/frame.ts'
import { program } from '../../src/userland/tcpdump/index.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Desk, lines } from './netdesk.ts'

const desks: Desk[] = []
const desk = (): Desk => {
  const made = new Desk([program, ping], { latency: '1ms' })
  desks.push(made)
  return made
}
afterEach(async () => {
  for (const one of desks.splice(0)) await one.net.close()
})

/** Run tcpdump on the client while `traffic` goes on, then interrupt it. */
const watch = async (made: Desk, args: readonly string[], traffic: () => Promise<unknown>) => {
  const child = made.client.spawn('tcpdump', [...args])
  await made.net.runFor('10ms')
  await traffic()
  await made.net.runFor('1s')
  child.kill('SIGINT')
  const { code } = await child.exited
  return { out: child.stdout?.text ?? '', err: child.stderr?.text ?? '', code }
}

const pings = (made: Desk) => () => made.run(made.client, 'ping -c 1 10.0.0.1')

/** One connection to port 8080 that carries five bytes, one datagram to 5353. */
const talk = (made: Desk) => async (): Promise<void> => {
  const server: Process = made.server.process('server')
  const listener = server.socket(AF_INET, SOCK_STREAM)
  server.bind(listener, { address: '0.0.0.0', port: 8080 })
  server.listen(listener, 5)
  const client = made.client.process('client')
  const fd = client.socket(AF_INET, SOCK_STREAM)
  await client.promises.connect(fd, { address: '10.0.0.1', port: 8080 })
  await client.promises.send(fd, 'hello')
  const { fd: accepted } = await server.promises.accept(listener)
  await server.promises.recv(accepted, new Uint8Array(10))
  await client.promises.close(fd)
  await server.promises.close(accepted)
  const udp = client.socket(AF_INET, SOCK_DGRAM)
  await client.promises.sendto(udp, 'hi', 0, { address: '10.0.0.1', port: 5353 })
}

describe('tcpdump', () => {
  it('tells what passes, and how many it was', async () => {
    const made = desk()
    const { out, err, code } = await watch(made, ['-n', '-t', 'icmp'], pings(made))
    expect(lines(out).map((line) => line.replace(/id \d+/, 'id N'))).toEqual([
      'IP 10.0.0.2 > 10.0.0.1: ICMP echo request, id N, seq 1, length 64',
      'IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id N, seq 1, length 64',
      '',
    ])
    expect(err).toBe(
      'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n' +
        'listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n' +
        '2 packets captured\n2 packets received by filter\n0 packets dropped by kernel\n',
    )
    expect(code).toBe(0)
  })

  it('names interface and direction with -i any, and stops after -c', async () => {
    const made = desk()
    const { out, err } = await watch(made, ['-i', 'any', '-nt', '-c', '1', 'icmp'], pings(made))
    expect(out).toMatch(/^eth0 {2}Out IP 10\.0\.0\.2 > 10\.0\.0\.1: ICMP echo request, id \d+, seq 1, length 64\n$/)
    expect(err.split('\n').slice(0, 4)).toEqual([
      'tcpdump: data link type LINUX_SLL2',
      'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode',
      'listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes',
      '1 packet captured',
    ])
    const cooked = await watch(made, ['-i', 'any', '-nte', '-c', '1', 'icmp'], pings(made))
    expect(cooked.out).toMatch(
      /^eth0 {2}Out ifindex 2 [0-9a-f:]{17} ethertype IPv4 \(0x0800\), length 104: 10\.0\.0\.2 > 10\.0\.0\.1: ICMP/,
    )
  })

  it('writes a pcap file and reads it back, in every form of time', async () => {
    const made = desk()
    const { out, err } = await watch(made, ['-w', '/tmp/x.pcap', 'icmp'], pings(made))
    expect(out).toBe('')
    expect(err).toContain('tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n')
    const read = async (...args: string[]): Promise<string[]> =>
      lines((await made.run(made.client, ['tcpdump', '-r', '/tmp/x.pcap', '-n', ...args].join(' '))).out)
    const times = async (flag: string): Promise<string[]> =>
      (await read(...(flag === '' ? [] : [flag]))).map((line) => line.slice(0, line.indexOf('IP ')))
    expect((await made.run(made.client, 'tcpdump -r /tmp/x.pcap -c 1')).err).toBe(
      'reading from file /tmp/x.pcap, link-type EN10MB (Ethernet), snapshot length 262144\n',
    )
    expect(await times('')).toEqual(['00:00:00.012000 ', '00:00:00.014000 '])
    expect(await times('-t')).toEqual(['', ''])
    expect(await times('-tt')).toEqual(['1767225600.012000 ', '1767225600.014000 '])
    expect(await times('-ttt')).toEqual([' 00:00:00.000000 ', ' 00:00:00.002000 '])
    expect(await times('-tttt')).toEqual(['2026-01-01 00:00:00.012000 ', '2026-01-01 00:00:00.014000 '])
    expect(await times('-ttttt')).toEqual([' 00:00:00.000000 ', ' 00:00:00.002000 '])
    expect((await read('-#', '-t', '-c', '1'))[0]).toMatch(/^ {4}1 {2}IP 10\.0\.0\.2 >/)
    expect((await read('-tx', '-c', '1'))[1]).toMatch(/^\t0x0000: {2}4500 0054 /)
    expect((await read('-txx', '-c', '1'))[1]).toMatch(/^\t0x0000: {2}02/)
    expect((await read('-tX', '-c', '1'))[1]).toMatch(/^\t0x0000: {2}4500 0054 .* {2}E/)
    expect((await read('-te', '-c', '1'))[0]).toMatch(/ > .*, ethertype IPv4 \(0x0800\), length 98: 10\.0\.0\.2 > /)
    expect((await read('-tv', '-c', '1'))[1]).toMatch(/^ {4}10\.0\.0\.2 > 10\.0\.0\.1: ICMP echo request/)
    await watch(made, ['-i', 'any', '-w', '/tmp/y.pcap', 'icmp'], pings(made))
    expect((await made.run(made.client, 'tcpdump -r /tmp/y.pcap -nt -c 1')).out).toMatch(
      /^eth0 {2}Out IP 10\.0\.0\.2 > /,
    )
  })

  it('names hosts and services, and counts from the first sequence numbers', async () => {
    const made = desk()
    const { out } = await watch(made, ['-t', 'tcp', 'port', '8080'], talk(made))
    expect(lines(out).find((line) => line.includes('[P.]'))).toMatch(
      /^IP client\.\d+ > server\.http-alt: Flags \[P\.\], seq 1:6, ack 1, win \d+, .*length 5/,
    )
    const quick = await watch(made, ['-ntq', 'udp', 'or', '(tcp[13]', '&', '8)', '!=', '0'], async () => undefined)
    expect(quick.code).toBe(0)
  })

  it('says what it cannot do in the words of tcpdump', async () => {
    const made = desk()
    const refusal = async (...args: string[]): Promise<unknown[]> => {
      const child = made.client.spawn('tcpdump', args)
      const { code } = await child.exited
      return [...lines(child.stderr?.text ?? '').slice(0, 2), code]
    }
    expect(await refusal('-i', 'nosuch')).toEqual([
      'tcpdump: nosuch: No such device exists',
      '(No such device exists)',
      1,
    ])
    expect(await refusal('-r', 'nosuch.pcap')).toEqual(['tcpdump: nosuch.pcap: No such file or directory', 1])
    expect(await refusal('foo', 'bar')).toEqual(["tcpdump: can't parse filter expression: syntax error", 1])
    expect(await refusal('port', 'nosuch')).toEqual(["tcpdump: unknown port 'nosuch'", 1])
    expect(await refusal('host', 'nosuch')).toEqual(["tcpdump: unknown host 'nosuch'", 1])
    expect(await refusal('net', '10.0.0.1/24')).toEqual(['tcpdump: non-network bits set in "10.0.0.1/24"', 1])
    expect(await refusal('-c', 'x')).toEqual(['tcpdump: invalid packet count x', 1])
    expect(await refusal('-s', 'x')).toEqual(['tcpdump: invalid snaplen x (must be >= 0 and <= 262144)', 1])
    expect((await refusal('-k'))[0]).toBe("tcpdump: invalid option -- 'k'")
    const child = made.client.spawn('tcpdump', ['-i', 'eth0'], { user: 'nobody' })
    expect((await child.exited).code).toBe(1)
    expect(child.stderr?.text).toBe(
      "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n",
    )
    expect((await made.run(made.client, 'tcpdump -D')).out).toBe(
      '1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device that captures on all interfaces) [Up, Running]\n3.lo [Up, Running, Loopback]\n',
    )
  })

  it('is seen among the sockets of the host', async () => {
    const made = desk()
    const child = made.client.spawn('tcpdump', ['-i', 'eth0'])
    await made.net.runFor('1ms')
    const row = made.client.sockets().find((one) => one.family === AF_PACKET)
    expect(row?.device).toBe('eth0')
    expect(row?.owners[0]?.command).toBe('tcpdump')
    child.kill('SIGKILL')
    await child.exited
  })
})

describe('filters of tcpdump', () => {
  const names = {
    addresses: (name: string) => (name === 'server' ? [parseAddress('10.0.0.1') as never] : []),
    port: (name: string) => (name === 'http-alt' ? 8080 : null),
    protocol: (name: string) => ({ tcp: 6, udp: 17, icmp: 1 })[name] ?? null,
  }

  it('chooses by protocol, address, port, length and bytes', async () => {
    const made = desk()
    await watch(made, ['-w', '/tmp/z.pcap'], async () => {
      await pings(made)()
      await talk(made)()
    })
    const bytes = made.client.init.readFile('/tmp/z.pcap')
    if (typeof bytes === 'number') throw new Error('no file')
    const file = readSavefile(bytes, () => null)
    if (typeof file === 'string') throw new Error(file)
    const views = file.frames.map((frame) => new FrameView(frame))
    const count = (text: string): number => views.filter((view) => parseFilter(text, names)?.(view) ?? true).length
    const tcp = count('tcp')
    expect(tcp).toBeGreaterThan(8)
    // ping's, an ICMP error for the datagram, and ARP both ways.
    expect(count('icmp')).toBe(3)
    expect(count('arp')).toBe(2)
    expect(count('udp')).toBe(1)
    expect(count('')).toBe(tcp + 6)
    expect(count('ip')).toBe(tcp + 4)
    expect(count('not ip')).toBe(2)
    expect(count('port 8080')).toBe(tcp)
    expect(count('tcp port http-alt or 5353')).toBe(tcp)
    expect(count('port 8080 or 5353')).toBe(tcp + 1)
    expect(count('portrange 5000-9000')).toBe(tcp + 1)
    expect(count('src port 8080') + count('dst port 8080')).toBe(tcp)
    expect(count('host server')).toBe(tcp + 6)
    expect(count('src host 10.0.0.1 and icmp')).toBe(2)
    expect(count('src and dst net 10.0.0.0/24')).toBe(tcp + 6)
    expect(count('net 10.0 and not net 10.0.0.0 mask 255.255.255.0')).toBe(0)
    expect(count('icmp[icmptype] = icmp-echo')).toBe(1)
    expect(count('icmp[0] == 0 or icmp[0] == 3')).toBe(2)
    expect(count('tcp[tcpflags] & (tcp-syn|tcp-fin) != 0')).toBe(4)
    expect(count('tcp[tcpflags] == tcp-syn')).toBe(1)
    expect(count('(tcp[13] & 2) != 0')).toBe(2)
    expect(count('ip[2:2] > 60 and tcp')).toBe(0)
    expect(count('less 60')).toBe(3)
    expect(count('greater 98 and len < 99')).toBe(2)
    expect(count('ether broadcast')).toBe(1)
    expect(count('ip proto \\udp')).toBe(1)
    expect(count('ip and not (tcp or udp) and not icmp[0] = 8')).toBe(2)
    expect(count('udp or icmp and arp')).toBe(0)
  })

  it('refuses what is no filter', () => {
    for (const text of ['host', 'tcp[', 'port 70000', 'and', 'tcp and', '(tcp', 'foo', 'tcp port', 'ip[0:3] = 1'])
      expect(() => parseFilter(text, names), text).toThrow(FilterError)
  })
})
