/**
 * Every state of a connection, seen by ss, lsof, netstat and /proc/net/tcp. What is expected was read on Linux 6.18 (Debian 12's
 * tools); a link that loses one direction or both holds each state still.
 */
import { afterEach, describe, expect, test } from 'vitest'
import type { Host, Process } from '../../src/host/index.ts'
import { AF_INET, AF_INET6, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/index.ts'
import { program as lsof } from '../../src/userland/lsof/index.ts'
import { program as netstat } from '../../src/userland/netstat/index.ts'
import { program as ss } from '../../src/userland/ss/index.ts'
import { Desk } from '../userland/netdesk.ts'

const PORT = 8080
const SERVER = { address: '10.0.0.1', port: PORT }

/** A server, a client, a connection between them: `c` of the client, `s` of the server. */
class Scene extends Desk {
  readonly near: Process
  readonly far: Process
  readonly listener: number
  c = -1
  s = -1

  constructor() {
    super([ss, lsof, netstat])
    this.far = this.server.process('httpd')
    this.near = this.client.process('telnet')
    this.listener = this.far.socket(AF_INET, SOCK_STREAM)
    this.far.bind(this.listener, { address: '0.0.0.0', port: PORT })
    this.far.listen(this.listener, 5)
  }

  async connect(): Promise<void> {
    this.c = this.near.socket(AF_INET, SOCK_STREAM)
    await this.near.promises.connect(this.c, SERVER)
    this.s = (await this.far.promises.accept(this.listener)).fd
    await this.settle()
  }

  /** An attempt that nobody waits for. */
  start(): void {
    this.c = this.near.socket(AF_INET, SOCK_STREAM | 0o4000)
    this.near.connect(this.c, SERVER)
  }

  settle(time: string | number = '1ms'): Promise<number> {
    return this.net.runFor(time)
  }

  /** Nothing that the host says arrives. */
  mute(host: Host): void {
    this.net.partition(host, host === this.server ? this.client : this.server, { oneWay: true })
  }

  cut(): void {
    this.net.partition(this.server, this.client)
  }
}

const scenes: Scene[] = []
const scene = (): Scene => {
  const made = new Scene()
  scenes.push(made)
  return made
}
afterEach(async () => {
  for (const one of scenes.splice(0)) await one.net.close()
})

/** The line about the connection: not the listener's, unless that is all there is. */
const lineOf = (text: string, listens: boolean): string =>
  text.split('\n').find((line) => line.includes(String(PORT)) && /LISTEN/.test(line) === listens) ?? ''

interface Views {
  /** State, Recv-Q, Send-Q. */
  readonly ss: string
  /** The program that ss shows. */
  readonly users: string | null
  readonly timer: RegExp | null
  /** What follows the name; null: no line. */
  readonly lsof: string | null
  readonly netstat: string
  /** State, queues, timer kind; then whether there is an inode; references; whether the line goes on behind them. */
  readonly proc: string
}

const look = async (host: Host, listens = false): Promise<Views> => {
  const desk = scenes.at(-1) as Scene
  const run = async (command: string): Promise<string> => lineOf((await desk.run(host, command)).out, listens)
  const shown = await run('ss -tanop')
  const [state = '', recvQ = '', sendQ = ''] = shown.split(/ +/)
  const open = await run('lsof -nP -i')
  const numbers = (await run('netstat -tan')).trim().split(/ +/)
  const table = host.init.readText('/proc/net/tcp')
  const want = listens ? '0A' : '(?!0A)..'
  const found = new RegExp(
    `^ *\\d+: \\S+ \\S+ (${want}) (\\S+) (..):\\S+ \\S+ +\\d+ +\\d+ (\\d+) (\\d+) 0{16}(.*)$`,
    'm',
  ).exec(String(table))
  const [, st, queues, timer, inode, refs, rest = ''] = found ?? []
  return {
    ss: `${state} ${recvQ} ${sendQ}`,
    users: /users:\(\("(\w+)"/.exec(shown)?.[1] ?? null,
    timer: /timer:\S+/.test(shown) ? new RegExp(/timer:\((\w+),/.exec(shown)?.[1] ?? '') : null,
    lsof: open === '' ? null : (/\((\w+)\)$/.exec(open)?.[0] ?? ''),
    netstat: numbers.slice(-1).join(' '),
    proc: `${st} ${queues} ${timer} ${inode === '0' ? 'no' : 'inode'} ${refs}${rest.trim() === '' ? '' : ' more'}`,
  }
}

describe('views of a state', () => {
  test('LX-state-01 LISTEN: accept queue and backlog', async () => {
    const d = scene()
    expect(await look(d.server, true)).toEqual({
      ss: 'LISTEN 0 5',
      users: 'httpd',
      timer: null,
      lsof: '(LISTEN)',
      netstat: 'LISTEN',
      proc: '0A 00000000:00000000 00 inode 1 more',
    })
    d.start()
    await d.settle()
    expect(await look(d.server, true)).toMatchObject({
      ss: 'LISTEN 1 5',
      proc: '0A 00000000:00000001 00 inode 2 more',
    })
  })

  test('LX-state-02 SYN-SENT: the SYN counts', async () => {
    const d = scene()
    await d.connect()
    d.cut()
    d.start()
    await d.settle()
    const { out } = await d.run(d.client, 'ss -tanop state syn-sent')
    expect(out.split('\n')[1]).toMatch(
      /^0 +1 +10\.0\.0\.2:\d+ +10\.0\.0\.1:8080 +users:\(\("telnet",.*timer:\(on,9\d\dms,0\)/,
    )
    expect((await d.run(d.client, 'lsof -nP -i')).out).toMatch(/10\.0\.0\.1:8080 \(SYN_SENT\)\n$/)
    expect((await d.run(d.client, 'netstat -tan')).out).toMatch(/^tcp +0 +1 .* SYN_SENT *$/m)
    expect(d.client.init.readText('/proc/net/tcp')).toMatch(
      /: \S+ 0100000A:1F90 02 00000001:00000000 01:0000006[34] 00000000 +0 +0 [1-9]\d* 2 0{16} 100 0 0 10 -1 *$/m,
    )
    // Two retransmissions later.
    await d.settle('2s')
    expect(d.client.init.readText('/proc/net/tcp')).toMatch(/ 02 00000001:00000000 01:0000006[0-4] 00000002 /)
  })

  test('LX-state-03 SYN-RECV: in ss and netstat without a process, not in lsof', async () => {
    const d = scene()
    // So that each knows the other's link address.
    await d.connect()
    d.near.close(d.c)
    d.far.close(d.s)
    await d.settle('2s')
    d.mute(d.server)
    d.start()
    await d.settle()
    const half = (text: string): string => text.split('\n').find((line) => /SYN.?RECV/.test(line)) ?? ''
    expect(half((await d.run(d.server, 'ss -tanop')).out)).toMatch(
      /^SYN-RECV +0 +0 +10\.0\.0\.1:8080 +10\.0\.0\.2:\d+ +timer:\(on,9\d\dms,0\)/,
    )
    expect((await d.run(d.server, 'lsof -nP -i')).out).not.toContain('10.0.0.2')
    expect(half((await d.run(d.server, 'netstat -tanp')).out)).toMatch(/^tcp +0 +0 .* SYN_RECV +- *$/)
    const table = String(d.server.init.readText('/proc/net/tcp'))
    expect(table).toMatch(/ 03 00000000:00000000 01:0000006[34] 00000000 +0 +0 0 0 0{16} *$/m)
    // The listener is referred to by what is half-open.
    expect(table).toMatch(/ 0A 00000000:00000000 00:00000000 00000000 +0 +0 \d+ 2 0{16} 100 0 0 10 0 *$/m)
  })

  test('LX-state-03b a half-open connection is the listener owner\u2019s', async () => {
    const d = scene()
    await d.connect()
    const user = d.server.process('httpd', { user: 'user' })
    const l = user.socket(AF_INET, SOCK_STREAM)
    expect(user.bind(l, { address: '10.0.0.1', port: 8081 })).toBe(0)
    user.listen(l, 5)
    d.mute(d.server)
    d.near.connect(d.near.socket(AF_INET, SOCK_STREAM | 0o4000), { ...SERVER, port: 8081 })
    await d.settle()
    expect(user.uid).toBeGreaterThan(0)
    expect(d.server.init.readText('/proc/net/tcp')).toMatch(new RegExp(` 03 \\S+ \\S+ 00000000 +${user.uid} +0 0 0 `))
  })

  test('LX-state-04 ESTAB: unread and unacknowledged bytes', async () => {
    const d = scene()
    await d.connect()
    d.near.send(d.c, new Uint8Array(20))
    await d.settle()
    expect(await look(d.server)).toMatchObject({
      ss: 'ESTAB 20 0',
      users: 'httpd',
      lsof: '(ESTABLISHED)',
      netstat: 'ESTABLISHED',
    })
    d.cut()
    d.near.send(d.c, new Uint8Array(7))
    expect(await look(d.client)).toEqual({
      ss: 'ESTAB 0 7',
      users: 'telnet',
      timer: /on/,
      lsof: '(ESTABLISHED)',
      netstat: 'ESTABLISHED',
      proc: '01 00000007:00000000 01 inode 2 more',
    })
  })

  test('LX-state-05 FIN-WAIT-1: the FIN counts; without a descriptor not in lsof', async () => {
    const d = scene()
    await d.connect()
    d.cut()
    d.near.shutdown(d.c, SHUT_WR)
    const held: Views = {
      ss: 'FIN-WAIT-1 0 1',
      users: 'telnet',
      timer: /on/,
      lsof: '(FIN_WAIT1)',
      netstat: 'FIN_WAIT1',
      proc: '04 00000001:00000000 01 inode 2 more',
    }
    expect(await look(d.client)).toEqual(held)
    d.near.close(d.c)
    expect(await look(d.client)).toEqual({
      ...held,
      users: null,
      lsof: null,
      proc: '04 00000001:00000000 01 no 2 more',
    })
  })

  test('LX-state-06 FIN-WAIT-2 and CLOSE-WAIT: the FIN counts as received', async () => {
    const d = scene()
    await d.connect()
    d.near.shutdown(d.c, SHUT_WR)
    await d.settle('100ms')
    expect(await look(d.client)).toMatchObject({
      ss: 'FIN-WAIT-2 0 0',
      users: 'telnet',
      lsof: '(FIN_WAIT2)',
      netstat: 'FIN_WAIT2',
      proc: '05 00000000:00000000 00 inode 1 more',
    })
    expect(await look(d.server)).toEqual({
      ss: 'CLOSE-WAIT 1 0',
      users: 'httpd',
      timer: null,
      lsof: '(CLOSE_WAIT)',
      netstat: 'CLOSE_WAIT',
      proc: '08 00000000:00000001 00 inode 1 more',
    })
    // Nobody's FIN-WAIT-2 is as small as TIME-WAIT, and ends as soon.
    d.near.close(d.c)
    expect(await look(d.client)).toEqual({
      ss: 'FIN-WAIT-2 0 0',
      users: null,
      timer: /timewait/,
      lsof: null,
      netstat: 'FIN_WAIT2',
      proc: '05 00000000:00000000 03 no 3',
    })
  })

  test('LX-state-07 LAST-ACK: nobody has it', async () => {
    const d = scene()
    await d.connect()
    d.near.shutdown(d.c, SHUT_WR)
    await d.settle('100ms')
    d.cut()
    d.far.close(d.s)
    expect(await look(d.server)).toEqual({
      ss: 'LAST-ACK 1 1',
      users: null,
      timer: /on/,
      lsof: null,
      netstat: 'LAST_ACK',
      proc: '09 00000001:00000001 01 no 2 more',
    })
  })

  test('LX-state-08 CLOSING: both closed at once, one FIN lost', async () => {
    const d = scene()
    await d.connect()
    d.mute(d.client)
    d.near.shutdown(d.c, SHUT_WR)
    d.far.shutdown(d.s, SHUT_WR)
    await d.settle()
    expect(await look(d.client)).toEqual({
      ss: 'CLOSING 1 1',
      users: 'telnet',
      timer: /on/,
      lsof: '(CLOSING)',
      netstat: 'CLOSING',
      proc: '0B 00000001:00000001 01 inode 2 more',
    })
  })

  test('LX-state-09 TIME-WAIT: no process, never in lsof, a minute', async () => {
    const d = scene()
    await d.connect()
    d.near.close(d.c)
    await d.settle()
    d.far.close(d.s)
    await d.settle()
    expect(await look(d.client)).toEqual({
      ss: 'TIME-WAIT 0 0',
      users: null,
      timer: /timewait/,
      lsof: null,
      netstat: 'TIME_WAIT',
      proc: '06 00000000:00000000 03 no 3',
    })
    expect((await d.run(d.client, 'ss -tano')).out).toContain('timer:(timewait,59sec,0)')
    expect(d.client.init.readText('/proc/net/tcp')).toMatch(/ 06 00000000:00000000 03:000017(70|6F) /)
    await d.settle('60s')
    expect((await d.run(d.client, 'ss -tan')).out).not.toContain('8080')
  })

  test('LX-state-10 a child that nobody accepted: in ss without users, not in lsof', async () => {
    const d = scene()
    d.start()
    await d.settle()
    expect(await look(d.server)).toEqual({
      ss: 'ESTAB 0 0',
      users: null,
      timer: null,
      lsof: null,
      netstat: 'ESTABLISHED',
      proc: '01 00000000:00000000 00 no 1 more',
    })
  })

  test('LX-state-11 unbound and bound-only sockets: in neither ss -a nor lsof -i', async () => {
    const d = scene()
    const p = d.client.process('idle')
    p.socket(AF_INET, SOCK_STREAM)
    p.bind(p.socket(AF_INET, SOCK_STREAM), { address: '127.0.0.1', port: 7777 })
    expect((await d.run(d.client, 'ss -Htan')).out).toBe('')
    expect((await d.run(d.client, 'lsof -nP -i')).out).toBe('')
  })

  test('LX-state-12 UDP: UNCONN in ss, no state in lsof', async () => {
    const d = scene()
    const p = d.client.process('named')
    p.bind(p.socket(AF_INET, SOCK_DGRAM), { address: '127.0.0.1', port: 5353 })
    expect((await d.run(d.client, 'ss -Huan')).out).toMatch(/^UNCONN 0 +0 +127\.0\.0\.1:5353 +0\.0\.0\.0:\*/)
    expect((await d.run(d.client, 'lsof -nP -i')).out).toMatch(/ UDP 127\.0\.0\.1:5353 \n$/)
    expect(d.client.init.readText('/proc/net/udp')).toMatch(
      / 0100007F:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000 +0 +0 \d+ 2 0{16} 0 *$/m,
    )
  })

  test('LX-state-13 the wildcard of IPv6, and an IPv4 client on it', async () => {
    const d = scene()
    const l = d.far.socket(AF_INET6, SOCK_STREAM)
    d.far.bind(l, { address: '::', port: 5001 })
    d.far.listen(l, 1)
    const c = d.near.socket(AF_INET, SOCK_STREAM)
    await d.near.promises.connect(c, { address: '10.0.0.1', port: 5001 })
    await d.far.promises.accept(l)
    const { out } = await d.run(d.server, 'ss -Htan')
    expect(out).toMatch(/^LISTEN +0 +1 +\*:5001 +\*:\*/m)
    expect(out).toMatch(/^ESTAB +0 +0 +\[::ffff:10\.0\.0\.1\]:5001 +\[::ffff:10\.0\.0\.2\]:\d+/m)
    const files = (await d.run(d.server, 'lsof -nP -i6')).out
    expect(files).toMatch(/ IPv6 +\d+ +0t0 +TCP \*:5001 \(LISTEN\)$/m)
    expect(files).toMatch(/ IPv6 +\d+ +0t0 +TCP 10\.0\.0\.1:5001->10\.0\.0\.2:\d+ \(ESTABLISHED\)$/m)
    const table = String(d.server.init.readText('/proc/net/tcp6'))
    const zero = '0'.repeat(32)
    expect(table).toContain(` ${zero}:1389 ${zero}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 `)
    expect(table).toMatch(/ 0{16}FFFF00000100000A:1389 0{16}FFFF00000200000A:[0-9A-F]{4} 01 /)
  })
})
