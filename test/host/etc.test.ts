import { describe, expect, test } from 'vitest'
import {
  hostsText,
  parseHosts,
  parseProtocols,
  parseResolvConf,
  protocolsText,
  resolvConfText,
} from '../../src/host/etc/index.ts'

describe('/etc/hosts', () => {
  test('localhost has one address, and a host its first one', () => {
    const hosts = parseHosts(hostsText([{ address: '10.0.0.1', names: ['server'] }]))
    expect(hosts.lookup('localhost')).toEqual(['127.0.0.1'])
    expect(hosts.lookup('ip6-localhost')).toEqual(['::1'])
    expect(hosts.lookup('server')).toEqual(['10.0.0.1'])
    expect(hosts.reverse('10.0.0.1')).toBe('server')
    expect(hosts.reverse('::1')).toBe('ip6-localhost')
    expect(hostsText([{ address: '10.0.0.1', names: ['server'] }])).not.toContain('127.0.1.1')
  })

  test('a name has the addresses of all its lines, in order and once each', () => {
    const hosts = parseHosts('10.0.0.2 a.example a # one\n2001:DB8::0:1\ta.example\n10.0.0.2 A\n10.0.0.3 b a')
    expect(hosts.lookup('a')).toEqual(['10.0.0.2', '10.0.0.3'])
    expect(hosts.lookup('A.EXAMPLE')).toEqual(['10.0.0.2', '2001:db8::1'])
    expect(hosts.canonical('a')).toBe('a.example')
    expect(hosts.reverse('2001:db8:0:0::1')).toBe('a.example')
    expect(hosts.reverse('10.0.0.2')).toBe('a.example')
    expect(hosts.lookup('none')).toEqual([])
    expect(hosts.lookup('constructor')).toEqual([])
    expect(hosts.reverse('not an address')).toBeUndefined()
  })

  test('lines that are none are passed over', () => {
    const text = '# 1.1.1.1 a\n\n1.1.1.1\n1.1.1 a\n256.1.1.1 a\n ::1%lo  a\r\nfe80::1%eth0 b\n'
    expect(parseHosts(text).entries).toEqual([
      { address: '::1', names: ['a'] },
      { address: 'fe80::1', names: ['b'] },
    ])
  })
})

describe('/etc/resolv.conf', () => {
  test('reads what it wrote', () => {
    const conf = parseResolvConf(resolvConfText(['10.0.0.53', 'fe80::1%eth0'], ['example.com', 'example.net']))
    expect(conf.nameservers).toEqual(['10.0.0.53', 'fe80::1%eth0'])
    expect(conf.search).toEqual(['example.com', 'example.net'])
    expect(conf).toMatchObject({ ndots: 1, timeout: 5, attempts: 2, rotate: false })
    expect(parseResolvConf(resolvConfText()).nameservers).toEqual([])
  })

  test('takes three servers at most, and of domain and search the last', () => {
    const text = 'nameserver 1.1.1.1\nnameserver x\nnameserver 2.2.2.2 # no\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n'
    const conf = parseResolvConf(`${text}search a b\ndomain c\n`)
    expect(conf.nameservers).toEqual(['1.1.1.1', '2.2.2.2', '3.3.3.3'])
    expect(conf.search).toEqual(['c'])
    expect(parseResolvConf('domain c\nsearch a  b\n').search).toEqual(['a', 'b'])
  })

  test('takes options up to the greatest values of glibc and passes over the others', () => {
    expect(parseResolvConf('options ndots:3 timeout:1 attempts:4 rotate edns0 use-vc\n')).toMatchObject({
      ndots: 3,
      timeout: 1,
      attempts: 4,
      rotate: true,
    })
    const odd = parseResolvConf('options ndots:99 timeout:99 attempts:99\noptions ndots:x timeout:\n# options rotate\n')
    expect(odd).toMatchObject({ ndots: 15, timeout: 30, attempts: 5, rotate: false })
    expect(parseResolvConf('options timeout:0 attempts:0 ndots:0')).toMatchObject({ timeout: 1, attempts: 1, ndots: 0 })
    expect(parseResolvConf('; nameserver 1.1.1.1\n nameserver 1.1.1.1\nnameserver\n').nameservers).toEqual([])
  })
})

test('/etc/protocols has the numbers of what we speak', () => {
  const protocols = parseProtocols(protocolsText())
  expect(['icmp', 'TCP', 'udp', 'IPv6-ICMP', 'sctp', 'mptcp'].map(protocols.byName)).toEqual([1, 6, 17, 58, 132, 262])
  expect(protocols.byNumber(6)).toBe('tcp')
  expect(protocols.byNumber(0)).toBe('ip')
  expect(protocols.byNumber(255)).toBeUndefined()
  expect(parseProtocols('x\ny z\n# a 1\n b 2 B#c').entries).toEqual([{ name: 'b', number: 2, aliases: ['B'] }])
})
