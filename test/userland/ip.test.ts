import { describe, expect, it } from 'vitest'
import { program } from '../../src/userland/ip/index.ts'
import { Desk } from './netdesk.ts'

const desk = () => {
  const made = new Desk([program])
  const ip = (command: string, user = 'root') => made.run(made.server, `ip ${command}`, { user })
  return { ...made, ip, net: made.net }
}
const fine = { err: '', code: 0 }

describe('ip address and link', () => {
  it('lists interfaces with their addresses', async () => {
    const { ip } = desk()
    const { out } = await ip('a')
    expect(out.replace(/ether \S+/, 'ether MAC')).toBe(
      [
        '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
        '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
        '    inet 127.0.0.1/8 scope host lo',
        '       valid_lft forever preferred_lft forever',
        '    inet6 ::1/128 scope host ',
        '       valid_lft forever preferred_lft forever',
        '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
        '    link/ether MAC brd ff:ff:ff:ff:ff:ff',
        '    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0',
        '       valid_lft forever preferred_lft forever',
        '',
      ].join('\n'),
    )
    expect((await ip('-br -4 a')).out).toBe(
      'lo               UNKNOWN        127.0.0.1/8 \neth0             UP             10.0.0.1/24 \n',
    )
  })

  it('adds, refuses twice, deletes', async () => {
    const { ip } = desk()
    expect(await ip('addr add 10.0.0.9/24 dev eth0')).toEqual({ out: '', ...fine })
    expect(await ip('addr add 10.0.0.9/24 dev eth0')).toEqual({
      out: '',
      err: 'Error: ipv4: Address already assigned.\n',
      code: 2,
    })
    expect((await ip('-o -4 a s eth0')).out).toContain('2: eth0    inet 10.0.0.9/24 scope global secondary eth0\\')
    expect((await ip('a d 10.0.0.9/24 dev eth0')).code).toBe(0)
    expect(await ip('a d 10.0.0.9/24 dev eth0')).toMatchObject({
      err: 'Error: ipv4: Address not found.\n',
      code: 2,
    })
    expect(await ip('a add 1.1.1.1/8 dev eth0', 'user')).toMatchObject({
      err: 'RTNETLINK answers: Operation not permitted\n',
      code: 2,
    })
  })

  it('shows a broadcast address where one was set, which the prefix has without', async () => {
    const { ip } = desk()
    for (const words of [
      '10.1.0.1/24 brd 10.1.0.7',
      '10.2.0.1/24 brd -',
      '10.3.0.1/31 brd +',
      '10.4.0.1/24 broadcast +',
    ])
      expect(await ip(`addr add ${words} dev eth0`)).toEqual({ out: '', ...fine })
    const lines = (await ip('-o -4 a s eth0')).out.match(/inet .* eth0/g)
    expect(lines).toEqual([
      'inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0',
      'inet 10.1.0.1/24 brd 10.1.0.7 scope global eth0',
      'inet 10.2.0.1/24 brd 10.2.0.0 scope global eth0',
      'inet 10.3.0.1/31 scope global eth0',
      'inet 10.4.0.1/24 brd 10.4.0.255 scope global eth0',
    ])
    const broadcasts = (await ip('route show table local')).out.match(/broadcast \S+/g)
    expect(broadcasts).toEqual([
      ...['10.0.0.255', '10.1.0.7', '10.1.0.255', '10.2.0.0', '10.2.0.255', '10.4.0.255'].map((a) => `broadcast ${a}`),
      'broadcast 127.255.255.255',
    ])
    expect(await ip('addr add 10.9.0.1/24 brd foo dev eth0')).toMatchObject({
      err: 'Error: inet address is expected rather than "foo".\n',
      code: 1,
    })
    expect(await ip('addr add 10.9.0.1/24 scope foo dev eth0')).toMatchObject({
      err: 'Error: argument "foo" is wrong: invalid scope value.\n\n',
      code: 255,
    })
  })

  it('says what the kernel says of IPv6 addresses and routes', async () => {
    const { ip } = desk()
    const error = async (command: string): Promise<string> => (await ip(command)).err.trim()
    await ip('addr add 2001:db8::1/64 dev eth0')
    expect(await error('addr add 2001:db8::1/72 dev eth0')).toBe('Error: ipv6: address already assigned.')
    expect(await error('addr del 2001:db8::9/64 dev eth0')).toBe('Error: ipv6: address not found.')
    expect(await error('addr add ff02::9/64 dev eth0')).toContain('without "IFA_F_MCAUTOJOIN" flag.')
    expect(await error('addr add ::/64 dev eth0')).toBe('Error: ipv6: Invalid address.')
    expect(await error('route add 2001:db8:3::/48 via 2001:db8::1')).toBe('Error: Gateway can not be a local address.')
    expect(await error('route add 2001:db8:3::/48 dev eth0 src 2001:db8::99')).toBe('Error: Invalid source address.')
    expect(await error('route add 2001:db8:2::/48 via 2001:db9::7')).toBe('RTNETLINK answers: No route to host')
    await ip('link set eth0 down')
    expect(await error('-6 route add 2001:db8:9::/48 dev eth0')).toBe('Error: Nexthop device is not up.')
  })

  it('complains as iproute2 does', async () => {
    const { ip } = desk()
    expect(await ip('foo')).toMatchObject({ err: 'Object "foo" is unknown, try "ip help".\n', code: 1 })
    expect(await ip('link set x up')).toMatchObject({ err: 'Cannot find device "x"\n', code: 1 })
    expect(await ip('a s x')).toMatchObject({ err: 'Device "x" does not exist.\n', code: 1 })
    expect(await ip('-z')).toMatchObject({ err: 'Option "-z" is unknown, try "ip -help".\n', code: 255 })
    expect(await ip('route frob')).toMatchObject({
      err: 'Command "frob" is unknown, try "ip route help".\n',
      code: 255,
    })
    expect(await ip('link set eth0 mtu 10')).toMatchObject({
      err: 'Error: mtu less than device minimum.\n',
      code: 2,
    })
  })

  it('takes a link down with its routes, and up again', async () => {
    const { ip } = desk()
    await ip('r add default via 10.0.0.2')
    await ip('l set eth0 mtu 1400 down')
    expect((await ip('l sh eth0')).out).toContain(
      '2: eth0: <BROADCAST,MULTICAST> mtu 1400 qdisc noqueue state DOWN mode DEFAULT',
    )
    expect((await ip('r')).out).toBe('')
    await ip('l set eth0 up')
    expect((await ip('r')).out).toBe('10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n')
  })
})

describe('ip route', () => {
  it('adds, replaces, deletes and lists', async () => {
    const { ip } = desk()
    await ip('route add default via 10.0.0.2')
    await ip('route add 1.2.3.0/24 via 10.0.0.2 dev eth0 src 10.0.0.1 metric 5')
    await ip('route add blackhole 9.0.0.0/8')
    expect((await ip('r')).out).toBe(
      [
        'default via 10.0.0.2 dev eth0 ',
        '1.2.3.0/24 via 10.0.0.2 dev eth0 src 10.0.0.1 metric 5 ',
        'blackhole 9.0.0.0/8 ',
        '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 ',
        '',
      ].join('\n'),
    )
    expect(await ip('r add default via 10.0.0.7')).toMatchObject({ err: 'RTNETLINK answers: File exists\n', code: 2 })
    expect((await ip('r replace default via 10.0.0.7')).code).toBe(0)
    expect((await ip('r s default')).out).toBe('default via 10.0.0.7 dev eth0 \n')
    expect((await ip('r del default')).code).toBe(0)
    expect(await ip('r del default')).toMatchObject({ err: 'RTNETLINK answers: No such process\n', code: 2 })
    expect(await ip('r add 7.0.0.0/8 via 99.0.0.1')).toMatchObject({
      err: 'Error: Nexthop has invalid gateway.\n',
      code: 2,
    })
    expect(await ip('r add 7.7.7.1/24 dev eth0')).toMatchObject({
      err: 'Error: Invalid prefix for given prefix length.\n',
      code: 2,
    })
  })

  it('leaves out of a listing what selected it', async () => {
    const { ip } = desk()
    await ip('route add default via 10.0.0.77')
    expect((await ip('route show via 10.0.0.77')).out).toBe('default dev eth0 \n')
    expect((await ip('route show src 10.0.0.1')).out).toBe('10.0.0.0/24 dev eth0 proto kernel scope link \n')
    expect((await ip('route show dev eth0')).out).toBe(
      'default via 10.0.0.77 \n10.0.0.0/24 proto kernel scope link src 10.0.0.1 \n',
    )
  })

  it('tells the way to an address', async () => {
    const { ip } = desk()
    await ip('route add default via 10.0.0.2')
    expect((await ip('r g 8.8.8.8')).out).toBe('8.8.8.8 via 10.0.0.2 dev eth0 src 10.0.0.1 uid 0 \n    cache \n')
    expect((await ip('r get 10.0.0.1')).out).toBe('local 10.0.0.1 dev lo src 10.0.0.1 uid 0 \n    cache <local> \n')
    expect(await ip('r get fd00::1')).toMatchObject({ err: 'RTNETLINK answers: Network is unreachable\n', code: 2 })
  })

  it('lists IPv6 routes', async () => {
    const { ip } = desk()
    await ip('a add fd00::1/64 dev eth0')
    await ip('-6 r add default via fd00::9')
    expect((await ip('-6 r')).out).toBe(
      'fd00::/64 dev eth0 proto kernel metric 256 pref medium\n' +
        'default via fd00::9 dev eth0 metric 1024 pref medium\n',
    )
  })
})

describe('ip neighbour', () => {
  it('adds, shows, flushes', async () => {
    const { ip } = desk()
    await ip('n add 10.0.0.77 lladdr 02:00:00:00:00:01 dev eth0')
    await ip('n replace 10.0.0.8 lladdr 02:00:00:00:00:09 dev eth0 nud stale')
    expect((await ip('n s 10.0.0.77')).out).toBe('10.0.0.77 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT \n')
    expect(await ip('n add 10.0.0.77 lladdr 02:00:00:00:00:01 dev eth0')).toMatchObject({
      err: 'RTNETLINK answers: File exists\n',
      code: 2,
    })
    await ip('n flush dev eth0')
    expect((await ip('n s dev eth0')).out).toBe('10.0.0.77 lladdr 02:00:00:00:00:01 PERMANENT \n')
    expect(await ip('n del 10.0.0.8 dev eth0')).toMatchObject({
      err: 'RTNETLINK answers: No such file or directory\n',
      code: 2,
    })
    expect(await ip('n flush')).toMatchObject({ err: 'Flush requires arguments.\n', code: 1 })
  })

  it('gets one entry', async () => {
    const { ip } = desk()
    await ip('n add 10.0.0.50 lladdr 02:00:00:00:00:50 dev eth0')
    await ip('n add 10.0.0.53 nud failed dev eth0')
    expect(await ip('neigh get 10.0.0.50 dev eth0')).toEqual({
      out: '10.0.0.50 dev eth0 lladdr 02:00:00:00:00:50 PERMANENT \n',
      ...fine,
    })
    expect((await ip('neigh get 10.0.0.53 dev eth0')).out).toBe('10.0.0.53 dev eth0 FAILED \n')
    expect((await ip('-s neigh get to 10.0.0.50 dev eth0')).out).toBe(
      '10.0.0.50 dev eth0 lladdr 02:00:00:00:00:50  ref 1 used 0/0/0probes 0 PERMANENT \n',
    )
    const failures = {
      'neigh get 10.0.0.77 dev eth0': ['Error: Neighbour entry not found.\n', 2],
      'neigh get 10.0.0.50': ['Device and address are required arguments.\n', 1],
      'neigh get 10.0.0.50 dev nope': ['Cannot find device "nope"\n', 1],
      'neigh get 10.0.0.50/24 dev eth0': ['Error: any valid address is expected rather than "10.0.0.50/24".\n', 1],
      'neigh get 10.0.0.50 nud stale': ['Error: either "to" is duplicate, or "nud" is a garbage.\n', 255],
    } as const
    for (const [command, [err, code]] of Object.entries(failures))
      expect(await ip(command), command).toEqual({ out: '', err, code })
  })
})
