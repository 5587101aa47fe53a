import { describe, expect, it } from 'vitest'
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/index.ts'
import { program as hostname } from '../../src/userland/hostname.ts'
import { program as ip } from '../../src/userland/ip/index.ts'
import { program as netstat } from '../../src/userland/netstat/index.ts'
import { program as sysctl } from '../../src/userland/sysctl.ts'
import { Desk } from './netdesk.ts'

const desk = () => {
  const made = new Desk([hostname, ip, netstat, sysctl])
  return Object.assign(made, { on: (command: string, user = 'root') => made.run(made.server, command, { user }) })
}

describe('sysctl', () => {
  it('reads and writes', async () => {
    const { on } = desk()
    expect(await on('sysctl net.ipv4.ip_forward')).toEqual({ out: 'net.ipv4.ip_forward = 0\n', err: '', code: 0 })
    expect((await on('sysctl -w net/ipv4/ip_forward=1')).out).toBe('net.ipv4.ip_forward = 1\n')
    expect((await on('sysctl -n net.ipv4.ip_forward')).out).toBe('1\n')
    expect((await on('sysctl -a')).out).toContain('net.ipv4.ip_forward = 1\n')
  })

  it('complains as procps does', async () => {
    const { on } = desk()
    expect(await on('sysctl foo.bar')).toEqual({
      out: '',
      err: 'sysctl: cannot stat /proc/sys/foo/bar: No such file or directory\n',
      code: 1,
    })
    expect(await on('sysctl net.ipv4.ip_forward=zz')).toMatchObject({
      err: 'sysctl: setting key "net.ipv4.ip_forward": Invalid argument\n',
      code: 1,
    })
    expect(await on('sysctl net.ipv4.ip_forward=1', 'user')).toMatchObject({
      err: 'sysctl: permission denied on key "net.ipv4.ip_forward"\n',
      code: 1,
    })
  })
})

describe('hostname', () => {
  it('tells name and addresses', async () => {
    const { on } = desk()
    expect((await on('hostname')).out).toBe('server\n')
    expect((await on('hostname -I')).out).toBe('10.0.0.1 \n')
    expect((await on('hostname -f')).out).toBe('server\n')
    expect((await on('hostname -i')).code).toBe(0)
    await on('hostname other.example')
    expect((await on('hostname -s')).out).toBe('other\n')
    expect(await on('hostname x', 'user')).toMatchObject({
      err: 'hostname: you must be root to change the host name\n',
      code: 1,
    })
  })
})

describe('netstat', () => {
  it('shows sockets in its columns', async () => {
    const { on, server, holder } = desk()
    const { pid } = await holder(server, 'httpd', (p) => {
      const l = p.socket(AF_INET, SOCK_STREAM)
      expect(p.bind(l, { address: '127.0.0.1', port: 8080 })).toBe(0)
      expect(p.listen(l, 5)).toBe(0)
      const u = p.socket(AF_INET, SOCK_DGRAM)
      expect(p.bind(u, { address: '0.0.0.0', port: 53 })).toBe(0)
    })
    expect((await on('netstat -tulnp')).out).toBe(
      [
        'Active Internet connections (only servers)',
        'Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ',
        `tcp        0      0 127.0.0.1:8080          0.0.0.0:*               LISTEN      ${`${pid}/httpd`.padEnd(20)}`,
        `udp        0      0 0.0.0.0:53              0.0.0.0:*                           ${`${pid}/httpd`.padEnd(20)}`,
        '',
      ].join('\n'),
    )
    expect((await on('netstat -tl')).out).toContain(
      'tcp        0      0 localhost:http-alt      0.0.0.0:*               LISTEN     \n',
    )
  })

  it('shows routes and interfaces', async () => {
    const { on } = desk()
    await on('ip route add default via 10.0.0.2')
    await on('ip route add unreachable 5.5.5.0/24')
    expect((await on('netstat -rn')).out).toBe(
      [
        'Kernel IP routing table',
        'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface',
        '0.0.0.0         10.0.0.2        0.0.0.0         UG        0 0          0 eth0',
        '5.5.5.0         -               255.255.255.0   !         - -          - -',
        '10.0.0.0        0.0.0.0         255.255.255.0   U         0 0          0 eth0',
        '',
      ].join('\n'),
    )
    expect((await on('netstat -i')).out).toContain(
      'lo              65536        0      0      0 0             0      0      0      0 LRU\n',
    )
    expect((await on('netstat -z')).code).toBe(3)
  })
})
