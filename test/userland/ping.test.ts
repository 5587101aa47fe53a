import { afterEach, describe, expect, it } from 'vitest'
import { program } from '../../src/userland/ping/index.ts'
import { Statistics, timeText } from '../../src/userland/ping/statistics.ts'
import { Desk } from './netdesk.ts'

const desks: Desk[] = []
const desk = (options: ConstructorParameters<typeof Desk>[1] = {}): Desk => {
  const made = new Desk([program], options)
  desks.push(made)
  return made
}
afterEach(async () => {
  for (const one of desks.splice(0)) await one.net.close()
})

const text = (...rows: string[]): string => rows.map((row) => `${row}\n`).join('')

describe('ping', () => {
  it('prints replies, the loss and the times as iputils does', async () => {
    const made = desk({ latency: '20ms' })
    // Two round trips for the first: ARP goes before it.
    expect(await made.run(made.client, 'ping -c 2 10.0.0.1')).toEqual({
      out: text(
        'PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.',
        '64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=80.0 ms',
        '64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=40.0 ms',
        '',
        '--- 10.0.0.1 ping statistics ---',
        '2 packets transmitted, 2 received, 0% packet loss, time 1000ms',
        'rtt min/avg/max/mdev = 40.000/60.000/80.000/20.000 ms',
      ),
      err: '',
      code: 0,
    })
  })

  it('names hosts that were given by name, and not those given by number', async () => {
    const made = desk()
    expect((await made.run(made.client, 'ping -c 1 localhost')).out.split('\n').slice(0, 2)).toEqual([
      'PING localhost (127.0.0.1) 56(84) bytes of data.',
      '64 bytes from localhost (127.0.0.1): icmp_seq=1 ttl=64 time=0.000 ms',
    ])
    expect((await made.run(made.client, 'ping -c 1 127.0.0.1')).out).toContain('64 bytes from 127.0.0.1: icmp_seq=1')
    expect((await made.run(made.client, 'ping -c 1 10.1')).out).toContain('PING 10.1 (10.0.0.1) 56(84)')
    expect((await made.run(made.client, 'ping -c 1 0')).out).toContain('PING 0 (127.0.0.1) 56(84)')
    expect((await made.run(made.client, 'ping -c 1 ::1')).out.split('\n').slice(0, 2)).toEqual([
      'PING ::1(::1) 56 data bytes',
      '64 bytes from ::1: icmp_seq=1 ttl=64 time=0.000 ms',
    ])
  })

  it('tells nothing of time when the payload has no room for it', async () => {
    const made = desk()
    expect((await made.run(made.client, 'ping -s 8 -c 1 10.0.0.1')).out).toBe(
      text(
        'PING 10.0.0.1 (10.0.0.1) 8(36) bytes of data.',
        '16 bytes from 10.0.0.1: icmp_seq=1 ttl=64',
        '',
        '--- 10.0.0.1 ping statistics ---',
        '1 packets transmitted, 1 received, 0% packet loss, time 0ms',
        '',
      ),
    )
    expect((await made.run(made.client, 'ping -s 2000 -c 1 10.0.0.1')).out).toContain('2008 bytes from 10.0.0.1')
  })

  it('reports what became of requests: nobody there, time exceeded, too long', async () => {
    const made = desk()
    expect(await made.run(made.client, 'ping -c 1 10.0.0.99')).toEqual({
      out: text(
        'PING 10.0.0.99 (10.0.0.99) 56(84) bytes of data.',
        'From 10.0.0.2 icmp_seq=1 Destination Host Unreachable',
        '',
        '--- 10.0.0.99 ping statistics ---',
        '1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms',
        '',
      ),
      err: '',
      code: 1,
    })
    const long = await made.run(made.client, 'ping -M do -s 3000 -c 1 10.0.0.1')
    expect(long.err).toBe('ping: local error: message too long, mtu=1500\n')
    expect(long.out).toContain('1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms')
    expect(long.code).toBe(1)
  })

  it('waits for silence -W, and ends by -w', async () => {
    const made = desk()
    made.net.partition(made.client, made.server)
    const start = made.net.now
    const silent = await made.run(made.client, 'ping -c 2 -i 0.2 -W 1 -q 10.0.0.1')
    expect(silent.code).toBe(1)
    expect(silent.out).toContain('2 packets transmitted, 0 received, 100% packet loss, time 200ms')
    expect(made.net.now - start).toBeCloseTo(1.2e9, -7)
    made.net.heal()
    const timed = await made.run(made.client, 'ping -w 1 -i 0.4 -q 10.0.0.1')
    expect(timed.out).toContain('3 packets transmitted, 3 received, 0% packet loss, time 800ms')
    expect(timed.code).toBe(0)
  })

  it('sums up on SIGINT, tells how far it is on SIGQUIT', async () => {
    const made = desk({ latency: '1ms' })
    const child = made.client.spawn('ping', ['10.0.0.1'])
    await made.net.runFor('2.5s')
    child.kill('SIGQUIT')
    await made.net.runFor('100ms')
    child.kill('SIGINT')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(child.stderr?.text).toBe('3/3 packets, 0% loss, min/avg/ewma/max = 2.000/2.666/3.531/4.000 ms\n')
    expect(child.stdout?.text).toMatch(
      /icmp_seq=3 ttl=64 time=2\.00 ms\n\n--- 10\.0\.0\.1 ping statistics ---\n3 packets/,
    )
  })

  it('refuses in the words of iputils', async () => {
    const made = desk()
    const refusal = async (command: string): Promise<unknown[]> => {
      const { err, code } = await made.run(made.client, command)
      return [err.split('\n')[0], code]
    }
    expect(await refusal('ping')).toEqual(['ping: usage error: Destination address required', 1])
    expect(await refusal('ping -c 0 10.0.0.1')).toEqual([
      "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807",
      1,
    ])
    expect(await refusal('ping -c x 10.0.0.1')).toEqual(["ping: invalid argument: 'x'", 1])
    expect(await refusal('ping -t 300 10.0.0.1')).toEqual([
      "ping: invalid argument: '300': out of range: 0 <= value <= 255",
      1,
    ])
    expect(await refusal('ping -W -1 10.0.0.1')).toEqual(['ping: bad linger time: -1', 2])
    expect(await refusal('ping -Z 10.0.0.1')).toEqual(["ping: invalid option -- 'Z'", 2])
    expect(await refusal('ping -4 ::1')).toEqual(['ping: ::1: Address family for hostname not supported', 2])
    expect(await refusal('ping -I nosuch 10.0.0.1')).toEqual(['ping: SO_BINDTODEVICE nosuch: No such device', 2])
    expect(await refusal('ping -I 9.9.9.9 10.0.0.1')).toEqual(['ping: bind: Cannot assign requested address', 2])
    expect(await refusal('ping 192.168.9.9')).toEqual(['ping: connect: Network is unreachable', 2])
    expect(await refusal('ping 10.0.0.255')).toEqual([
      'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules',
      2,
    ])
    expect(await refusal('ping nosuch')).toEqual(['ping: nosuch: Temporary failure in name resolution', 2])
  })

  it('tells the source it was given', async () => {
    const made = desk()
    const first = async (command: string): Promise<string | undefined> =>
      (await made.run(made.client, command)).out.split('\n')[0]
    expect(await first('ping -I eth0 -c 1 10.0.0.1')).toBe(
      'PING 10.0.0.1 (10.0.0.1) from 10.0.0.2 eth0: 56(84) bytes of data.',
    )
    expect(await first('ping -I 10.0.0.2 -c 1 10.0.0.1')).toBe(
      'PING 10.0.0.1 (10.0.0.1) from 10.0.0.2 : 56(84) bytes of data.',
    )
  })

  it('counts duplicates, and floods', async () => {
    const made = new Desk([program], { duplicate: 1 })
    desks.push(made)
    await made.run(made.client, 'ping -c 1 10.0.0.1')
    expect((await made.run(made.client, 'ping -c 2 10.0.0.1')).out).toContain('(DUP!)')
    const plain = desk()
    expect((await plain.run(plain.client, 'ping -f -c 3 10.0.0.1')).out).toContain('.\b \b.\b \b.\b \b\n--- 10.0.0.1')
  })

  it('writes four digits of a time', () => {
    expect([0, 144, 999, 1000, 4120, 9994, 9995, 40_100, 99_949, 99_950, 400_499].map(timeText)).toEqual([
      '0.000',
      '0.144',
      '0.999',
      '1.00',
      '4.12',
      '9.99',
      '10.0',
      '40.1',
      '99.9',
      '100',
      '400',
    ])
    expect(new Statistics().summary('x', false)).toContain('0 packets transmitted, 0 received, 0% packet loss')
  })
})
