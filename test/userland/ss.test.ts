import { afterEach, describe, expect, it } from 'vitest'
import type { Process } from '../../src/host/index.ts'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  SO_KEEPALIVE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/constants.ts'
import { NO_END, type SocketRow } from '../../src/socket/row.ts'
import { program, ssReport } from '../../src/userland/ss/index.ts'
import type { SsSource } from '../../src/userland/ss/types.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Desk, lines } from './netdesk.ts'

const desks: Desk[] = []
const desk = (): Desk => {
  const made = new Desk([program])
  desks.push(made)
  return made
}
afterEach(async () => {
  for (const one of desks.splice(0)) await one.net.close()
})

const end = (address: string, port: number) => ({ address: parseAddress(address), port, path: null })

const row = (
  local: string,
  localPort: number,
  remote: string,
  remotePort: number,
  more: Partial<SocketRow>,
): SocketRow => ({
  protocol: 'tcp',
  family: local.includes(':') ? 10 : 2,
  type: 1,
  state: 1,
  local: end(local, localPort),
  remote: end(remote, remotePort),
  recvQ: 0,
  sendQ: 0,
  inode: 1000,
  uid: 0,
  owners: [],
  timer: null,
  drops: 0,
  v6only: false,
  device: null,
  peerInode: 0,
  subject: {},
  ...more,
})

const owner = (fd: number) => [{ pid: 406, command: 'python3', uid: 0, fd }]

/** The sockets of the process that ss 6.1 was run on for the texts below. */
const ROWS: readonly SocketRow[] = [
  row('0.0.0.0', 8080, '0.0.0.0', 0, { state: 10, sendQ: 5, inode: 238416, owners: owner(3) }),
  row('127.0.0.1', 39918, '127.0.0.1', 5001, { owners: owner(12) }),
  row('127.0.0.1', 51512, '127.0.0.1', 8080, { owners: owner(4) }),
  row('127.0.0.1', 51516, '127.0.0.1', 8080, { state: 5, owners: owner(34) }),
  row('127.0.0.1', 8080, '127.0.0.1', 51512, { owners: owner(5) }),
  row('127.0.0.1', 8080, '127.0.0.1', 51516, { state: 8, recvQ: 1, owners: owner(35) }),
  row('::', 5001, '::', 0, { state: 10, sendQ: 1, owners: owner(11) }),
  row('::1', 39172, '::1', 5001, { owners: owner(14) }),
  row('::1', 5001, '::1', 39172, { owners: owner(15) }),
  row('::ffff:127.0.0.1', 5001, '::ffff:127.0.0.1', 39918, { owners: owner(13) }),
  row('127.0.0.1', 5353, '0.0.0.0', 0, { protocol: 'udp', type: 2, state: 7, owners: owner(6) }),
  row('127.0.0.1', 46235, '127.0.0.1', 5353, { protocol: 'udp', type: 2, owners: owner(7) }),
  row('::', 5354, '::', 0, { protocol: 'udp', type: 2, state: 7, owners: owner(33) }),
  row('0.0.0.0', 1, '0.0.0.0', 0, { protocol: 'raw', type: 3, state: 7 }),
  row('::', 58, '::', 0, { protocol: 'raw', type: 3, state: 7 }),
  row('0.0.0.0', 0, '0.0.0.0', 0, {
    protocol: 'unix',
    family: 1,
    state: 10,
    local: { address: null, port: 0, path: '/tmp/w/u.sock' },
    remote: NO_END,
    sendQ: 1,
    inode: 238431,
  }),
  row('0.0.0.0', 0, '0.0.0.0', 0, {
    protocol: 'unix',
    family: 1,
    local: NO_END,
    remote: NO_END,
    inode: 238432,
    peerInode: 238433,
  }),
]

const SERVICES: Readonly<Record<string, number>> = { 'http-alt': 8080, mdns: 5353 }

const source = (rows: readonly SocketRow[] = ROWS): SsSource => ({
  rows,
  used: 28,
  closedTcp: 2,
  viewer: 0,
  ephemeral: [32768, 60999],
  isTraced: true,
  where: ({ inode }) => (inode === 238431 ? 'opened /app/u.mjs:3:7' : ''),
  serviceName: (port) => Object.entries(SERVICES).find(([, p]) => p === port)?.[0] ?? null,
  servicePort: (name) => SERVICES[name] ?? null,
  protocolName: (n) => (n === 1 ? 'icmp' : n === 58 ? 'ipv6-icmp' : null),
  hostName: (address) => (address === '127.0.0.1' ? 'localhost' : null),
  addresses: (name) => (name === 'localhost' ? ['127.0.0.1'] : []),
  inodeOf: () => ({ dev: 65024, inode: 2146310 }),
})

const ss = (command: string, screen: number | null = null): string =>
  ssReport(command.split(' ').slice(1), source(), screen).stdout

describe('ss, column for column', () => {
  it('ss -tan', () => {
    expect(ss('ss -tan')).toBe(
      `State      Recv-Q Send-Q      Local Address:Port        Peer Address:Port Process
LISTEN     0      5                 0.0.0.0:8080             0.0.0.0:*           
ESTAB      0      0               127.0.0.1:39918          127.0.0.1:5001        
ESTAB      0      0               127.0.0.1:51512          127.0.0.1:8080        
FIN-WAIT-2 0      0               127.0.0.1:51516          127.0.0.1:8080        
ESTAB      0      0               127.0.0.1:8080           127.0.0.1:51512       
CLOSE-WAIT 1      0               127.0.0.1:8080           127.0.0.1:51516       
LISTEN     0      1                       *:5001                   *:*           
ESTAB      0      0                   [::1]:39172              [::1]:5001        
ESTAB      0      0                   [::1]:5001               [::1]:39172       
ESTAB      0      0      [::ffff:127.0.0.1]:5001  [::ffff:127.0.0.1]:39918       
`,
    )
  })

  it('ss -tanp, and -H', () => {
    expect(ss('ss -tanp sport = :8080')).toBe(
      `State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process                          
LISTEN     0      5            0.0.0.0:8080      0.0.0.0:*     users:(("python3",pid=406,fd=3))
ESTAB      0      0          127.0.0.1:8080    127.0.0.1:51512 users:(("python3",pid=406,fd=5))
CLOSE-WAIT 1      0          127.0.0.1:8080    127.0.0.1:51516 users:(("python3",pid=406,fd=35))
`,
    )
    expect(lines(ss('ss -Htan'))[0]).toBe('LISTEN     0      5                 0.0.0.0:8080             0.0.0.0:*    ')
  })

  it('names of services, but not of ephemeral ports', () => {
    expect(ss('ss -A inet -l')).toBe(
      `Netid State  Recv-Q Send-Q Local Address:Port      Peer Address:PortProcess
raw   UNCONN 0      0            0.0.0.0:icmp           0.0.0.0:*          
raw   UNCONN 0      0                  *:ipv6-icmp            *:*          
udp   UNCONN 0      0          127.0.0.1:mdns           0.0.0.0:*          
udp   UNCONN 0      0                  *:5354                 *:*          
tcp   LISTEN 0      5            0.0.0.0:http-alt       0.0.0.0:*          
tcp   LISTEN 0      1                  *:5001                 *:*          
`,
    )
  })

  it('ss -uan, -wan, unix and a single state', () => {
    expect(ss('ss -uan')).toBe(
      `State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
UNCONN 0      0          127.0.0.1:5353       0.0.0.0:*          
ESTAB  0      0          127.0.0.1:46235    127.0.0.1:5353       
UNCONN 0      0                  *:5354             *:*          
`,
    )
    expect(ss('ss -xa')).toBe(
      `Netid State  Recv-Q Send-Q Local Address:Port   Peer Address:Port  Process
u_str LISTEN 0      1      /tmp/w/u.sock 238431            * 0            
u_str ESTAB  0      0                  * 238432            * 238433       
`,
    )
    expect(ss('ss -ta state close-wait')).toBe(
      `Recv-Q Send-Q Local Address:Port     Peer Address:Port Process
1      0          127.0.0.1:http-alt    127.0.0.1:51516       
`,
    )
  })

  it('spreads spare columns of a terminal', () => {
    const listener = source([
      row('0.0.0.0', 2024, '0.0.0.0', 0, { state: 10, sendQ: 128 }),
      row('127.0.0.1', 12345, '0.0.0.0', 0, { state: 10 }),
    ])
    expect(lines(ssReport(['-tln'], listener, 150).stdout).slice(0, 2)).toEqual([
      'State            Recv-Q           Send-Q                      Local Address:Port                        Peer Address:Port           Process           ',
      'LISTEN           0                128                               0.0.0.0:2024                             0.0.0.0:*                                ',
    ])
  })

  it('the last cell of the last line does not widen the header', () => {
    const waiting = row('127.0.0.1', 33004, '127.0.0.1', 8080, {
      state: 6,
      inode: 0,
      timer: { kind: 'timewait', left: 59.9e9, retransmits: 0 },
    })
    expect(ssReport(['-tano', 'state', 'time-wait'], source([waiting]), null).stdout).toBe(
      `Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
0      0          127.0.0.1:33004    127.0.0.1:8080 timer:(timewait,59sec,0)
`,
    )
  })

  it('-e: inode, cookie, v6only and which directions are shut; timers in ss words', () => {
    const keep = row('127.0.0.1', 32994, '127.0.0.1', 8080, {
      inode: 251273,
      timer: { kind: 'keepalive', left: 119.9 * 60e9, retransmits: 0 },
    })
    const texts = (rows: readonly SocketRow[]): string[] =>
      lines(ssReport(['-Htane'], source(rows), null).stdout).map((line) =>
        line.replace(/^.*?:\S+ +\S+:\S+ +/, '').trimEnd(),
      )
    expect(texts([keep])).toEqual(['timer:(keepalive,119min,0) ino:251273 sk:1 cgroup:/ <->'])
    expect(texts([{ ...keep, timer: { kind: 'on', left: 1_200e6, retransmits: 2 } }])).toEqual([
      'timer:(on,1.200ms,2) ino:251273 sk:1 cgroup:/ <->',
    ])
    expect(texts(ROWS.slice(3, 7))).toEqual([
      'ino:1000 sk:1 cgroup:/ <--',
      'ino:1000 sk:2 cgroup:/ <->',
      'ino:1000 sk:3 cgroup:/ -->',
      'ino:1000 sk:4 cgroup:/ v6only:0 <->',
    ])
  })
})

describe('ss filters', () => {
  const ports = (filter: string): string =>
    lines(ss(`ss -Htan ${filter}`))
      .map((line) => /:(\w+) +\S+:(\S+)/.exec(line))
      .map((m) => `${m?.[1]}>${m?.[2]}`)
      .join(' ')

  it('by port, prefix, name and state', () => {
    expect(ports('sport = :8080')).toBe('8080>* 8080>51512 8080>51516')
    expect(ports('sport :8080')).toBe('8080>* 8080>51512 8080>51516')
    expect(ports('sport eq http-alt')).toBe('8080>* 8080>51512 8080>51516')
    expect(ports('( sport = :http-alt or dport = :5001 )')).toBe('8080>* 39918>5001 8080>51512 8080>51516 39172>5001')
    expect(ports('dst 127.0.0.0/8')).toBe('39918>5001 51512>8080 51516>8080 8080>51512 8080>51516 5001>39918')
    expect(ports('dst [::1]')).toBe('39172>5001 5001>39172')
    expect(ports('dst localhost:8080')).toBe('51512>8080 51516>8080')
    expect(ports('src 127.0.0.1:8080')).toBe('8080>51512 8080>51516')
    expect(ports('src = *:8080')).toBe('8080>* 8080>51512 8080>51516')
    expect(ports('not dport = :8080 sport gt :8000')).toBe('8080>* 39918>5001 8080>51512 8080>51516 39172>5001')
    expect(ports('exclude listening sport <= 8080')).toBe('8080>51512 8080>51516 5001>39172 5001>39918')
    expect(ports('state established state close-wait sport = 8080')).toBe('8080>51512 8080>51516')
    expect(ports('autobound dport != 5001')).toBe('51512>8080 51516>8080')
  })

  it('takes operators from left to right', () => {
    expect(ports('sport = 8080 or dport = 8080 and dst 1.1.1.1')).toBe('')
    expect(ports('dst 1.1.1.1 and dport = 8080 or sport = 8080')).toBe('8080>* 8080>51512 8080>51516')
  })

  it('refuses in the words of ss', () => {
    const refusal = (command: string): unknown[] => {
      const { stderr, code } = ssReport(command.split(' ').slice(1), source(), null)
      return [stderr.split('Usage:')[0], code]
    }
    expect(refusal('ss --foo')).toEqual(["ss: unrecognized option '--foo'\n", 255])
    expect(refusal('ss -K')).toEqual(["ss: invalid option -- 'K'\n", 255])
    expect(refusal('ss -t state foo')).toEqual(['ss: wrong state name: foo\n', 255])
    expect(refusal('ss -A foo')).toEqual(['ss: "foo" is illegal socket table id\n', 255])
    expect(refusal('ss -f foo')).toEqual(['ss: "foo" is invalid family\n', 255])
    expect(refusal('ss -t sport =')).toEqual([
      'ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n',
      255,
    ])
    expect(refusal('ss -t dst != 1.1.1.1')[0]).toContain('bison bellows')
    expect(refusal('ss -t sport = :nosuch')).toEqual([
      'Error: "nosuch" does not look like a port.\nCannot parse dst/src address.\n',
      1,
    ])
    expect(refusal('ss -t foo = 3')).toEqual([
      'Error: an inet prefix is expected rather than "foo".\nCannot parse dst/src address.\n',
      1,
    ])
  })
})

describe('ss on a host', () => {
  const everything = async (p: Process): Promise<void> => {
    const listener = p.socket(AF_INET, SOCK_STREAM, 0)
    p.bind(listener, { address: '0.0.0.0', port: 8080 })
    p.listen(listener, 5)
    const client = p.socket(AF_INET, SOCK_STREAM, 0)
    await p.promises.connect(client, { address: '127.0.0.1', port: 8080 })
    p.setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, 1)
    await p.promises.accept(listener)
    p.bind(p.socket(AF_INET, SOCK_STREAM, 0), { address: '127.0.0.1', port: 7777 })
    p.socket(AF_INET6, SOCK_DGRAM, 0)
    p.socket(AF_UNIX, SOCK_SEQPACKET, 0)
    p.socket(AF_INET, SOCK_RAW, 1)
    p.socket(AF_PACKET, SOCK_RAW, 3)
  }

  it('shows states, timers, memory and tcp_info of living connections', async () => {
    const made = desk()
    const { server, net } = made
    const p = server.process('python3')
    await everything(p)
    await net.runFor('10ms')
    const out = (await made.run(server, 'ss -tanepim')).out.split('\n')
    expect(out[1]).toMatch(
      /^LISTEN 0 +5 +0\.0\.0\.0:8080 +0\.0\.0\.0:\* +users:\(\("python3",pid=\d+,fd=3\)\) ino:\d+ sk:1 cgroup:\/ <->$/,
    )
    expect(out[2]).toMatch(/^\t skmem:\(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0\) cubic cwnd:10 *$/)
    expect(out[3]).toMatch(/^ESTAB .* users:\(.*fd=4\)\) timer:\(keepalive,119min,0\) ino:\d+ sk:2 cgroup:\/ <->$/)
    expect(out[4]).toMatch(
      /^\t skmem:\(r0,rb\d+,t0,tb\d+,f0,w0,o0,bl0,d0\) ts sack cubic wscale:7,7 rto:\d+ .*mss:65483 pmtu:65535 rcvmss:\d+ advmss:65\d+ cwnd:10 /,
    )
    expect(out[4]).toMatch(/ rcv_space:\d+ rcv_ssthresh:[1-9]\d* snd_wnd:\d+ *$/)
    expect(lines((await made.run(server, 'ss -s')).out)).toEqual([
      'Total: 8',
      'TCP:   4 (estab 2, closed 1, orphaned 0, timewait 0)',
      '',
      'Transport Total     IP        IPv6',
      'RAW\t  1         1         0        ',
      'UDP\t  0         0         0        ',
      'TCP\t  3         3         0        ',
      'INET\t  4         4         0        ',
      'FRAG\t  0         0         0        ',
      '',
    ])
  })

  it('shows the rate that Linux would pace at: two windows a round trip in slow start', async () => {
    const made = new Desk([program], { latency: '10ms' })
    desks.push(made)
    const q = made.server.process('server')
    const l = q.socket(AF_INET, SOCK_STREAM, 0)
    q.bind(l, { address: '10.0.0.1', port: 8080 })
    q.listen(l, 5)
    const p = made.client.process('client')
    await p.promises.connect(p.socket(AF_INET, SOCK_STREAM, 0), { address: '10.0.0.1', port: 8080 })
    const { out } = await made.run(made.client, 'ss -tniH')
    // 10 segments of 1448 bytes in 40 ms: the first round trip waited for ARP's.
    expect(out).toContain(' cwnd:10 ')
    expect(out).toMatch(/ rtt:40\/20 .* send 2896000bps pacing_rate 5792000bps /)
  })

  it('tells no user of processes that are not theirs', async () => {
    const made = desk()
    await everything(made.server.process('python3'))
    expect((await made.run(made.server, 'ss -tlnp', { user: 'nobody' })).out).not.toContain('users:')
    expect((await made.run(made.server, 'ss -tlnp')).out).toContain('users:(("python3",')
  })

  it('fits its columns to the terminal it writes on', async () => {
    const { server } = desk()
    await everything(server.process('python3'))
    const terminal = server.openTerminal(150, 24)
    let screen = ''
    terminal.onOutput((bytes) => {
      screen += new TextDecoder().decode(bytes)
    })
    await server.spawn('ss', ['-tln'], { terminal }).exited
    const [header] = screen.split('\r\n')
    expect(header?.length).toBe(150)
  })
})
