import { describe, expect, test } from 'vitest'
import { isServiceName, parseServices, portRange, serviceLine, servicesText } from '../../src/host/etc/index.ts'

const services = parseServices(servicesText())

/** Debian's own names from before RFC 6335; all other official names follow it. */
const OLDER = ['clc-build-daemon']

describe('/etc/services', () => {
  test('has the names of Debian, 8080 as http-alt with the alias webcache', () => {
    expect(services.entries.length).toBe(318)
    expect(services.byPort(8080, 'tcp')).toBe('http-alt')
    expect(services.byName('webcache')).toEqual({ name: 'http-alt', port: 8080, proto: 'tcp' })
    expect(services.byPort(22, 'tcp')).toBe('ssh')
    expect(services.byPort(53, 'udp')).toBe('domain')
    expect(services.byPort(5672, 'sctp')).toBe('amqp')
    expect(services.byPort(6010, 'tcp')).toBeUndefined()
  })

  test('is laid out in the columns of the real file', () => {
    const lines = servicesText().split('\n')
    expect(lines).toContain('http-alt\t8080/tcp\twebcache')
    expect(lines).toContain('echo\t\t7/udp')
    expect(lines).toContain('discard\t\t9/tcp\t\tsink null')
    expect(lines).toContain('clc-build-daemon 8990/tcp')
  })

  test('the first line that has a port names it, so that a topology may put its own in front', () => {
    const own = `${serviceLine({ name: 'webcache', port: 8080, protocol: 'tcp', aliases: [] })}\n${servicesText()}`
    expect(parseServices(own).byPort(8080, 'tcp')).toBe('webcache')
    expect(parseServices(own).byName('http-alt')?.port).toBe(8080)
    expect(parseServices(servicesText()).byPort(8080, 'tcp')).toBe('http-alt')
  })

  test('lines that are none are passed over, comments and odd blanks read around', () => {
    const text = [
      '# all',
      '',
      'lonely',
      'noproto 80',
      'big 65536/tcp',
      'neg -1/tcp',
      'word x/tcp',
      '/tcp',
      'a 1/',
      '  ok\t 7 /tcp',
    ]
    const odd = parseServices([...text, ' good   9/TCP  also#not', 'last 65535/udp\r', 'comma 11,tcp'].join('\n'))
    expect(odd.entries).toEqual([
      { name: 'good', port: 9, protocol: 'tcp', aliases: ['also'] },
      { name: 'last', port: 65535, protocol: 'udp', aliases: [] },
      { name: 'comma', port: 11, protocol: 'tcp', aliases: [] },
    ])
    expect(odd.byName('not')).toBeUndefined()
    expect(odd.byName('good/tcp')).toBeUndefined()
    expect(odd.byName('constructor')).toBeUndefined()
  })

  test('[6335-5.1-a] a name has 1 to 15 characters', () => {
    expect(isServiceName('a')).toBe(true)
    expect(isServiceName('abcdefghijklmno')).toBe(true)
    expect(isServiceName('abcdefghijklmnop')).toBe(false)
    expect(isServiceName('')).toBe(false)
    const refused = services.entries.filter(({ name }) => !isServiceName(name)).map(({ name }) => name)
    expect(refused).toEqual(OLDER)
  })

  test('[6335-5.1-b] a name is of letters, digits and hyphens, with a letter among them', () => {
    for (const name of ['x11', '3com', 'a-1', 'HTTP']) expect(isServiceName(name)).toBe(true)
    for (const name of ['123', '1-2', 'gds_db', 'a.b', 'a b', 'é', 'a\n']) expect(isServiceName(name)).toBe(false)
  })

  test('[6335-5.1-c] no hyphen begins or ends a name or stands beside another', () => {
    for (const name of ['-a', 'a-', 'a--b', '-']) expect(isServiceName(name)).toBe(false)
  })

  test('[6335-5.1-d] names are compared without regard to case', () => {
    expect(services.byName('HTTP')?.port).toBe(80)
    expect(services.byName('Http-Alt', 'TCP')?.port).toBe(8080)
    expect(services.byName('CLEARCASE')?.port).toBe(371)
  })

  test('[6335-6] system, user and dynamic ports', () => {
    expect([0, 1023, 1024, 49151, 49152, 65535].map(portRange)).toEqual([
      'system',
      'system',
      'user',
      'user',
      'dynamic',
      'dynamic',
    ])
  })

  test('[6335-7.2] a number assigned for one transport is not assigned for another', () => {
    expect(services.byPort(22, 'udp')).toBeUndefined()
    expect(services.byName('ssh', 'udp')).toBeUndefined()
    expect(services.byPort(7000, 'tcp')).toBe('bbs')
    expect(services.byPort(7000, 'udp')).toBe('afs3-fileserver')
  })

  test('[6335-5] several names may share a port, and one name several transports', () => {
    for (const name of ['auth', 'authentication', 'tap', 'ident']) expect(services.byName(name)?.port).toBe(113)
    expect(services.byName('domain', 'tcp')?.proto).toBe('tcp')
    expect(services.byName('domain', 'udp')?.proto).toBe('udp')
    expect(services.byName('domain')?.proto).toBe('tcp')
  })
})
