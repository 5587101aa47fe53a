import { expect, it } from 'vitest'
import { program } from '../../src/userland/nstat.ts'
import { program as ping } from '../../src/userland/ping/index.ts'
import { Desk, lines } from './netdesk.ts'

it('nstat prints what has been counted since it was last asked', async () => {
  const made = new Desk([program, ping])
  const nstat = async (...args: string[]): Promise<string[]> =>
    lines((await made.run(made.client, ['nstat', ...args].join(' '))).out)
  await made.run(made.client, 'ping -c 1 127.0.0.1')
  // As nstat of iproute2 6.1 after the same ping.
  const icmp = [
    '#kernel',
    'IcmpInMsgs                      2                  0.0',
    'IcmpInEchos                     1                  0.0',
    'IcmpInEchoReps                  1                  0.0',
    'IcmpOutMsgs                     2                  0.0',
    'IcmpOutEchos                    1                  0.0',
    'IcmpOutEchoReps                 1                  0.0',
  ]
  const isPlain = (line: string): boolean => !line.startsWith('IcmpMsg')
  expect((await nstat('-as', 'Icmp*')).filter(isPlain)).toEqual(icmp)
  expect(await nstat('-sz', 'icmpinmsgs', 'TcpActiveOpens')).toEqual([
    icmp[0],
    icmp[1],
    'TcpActiveOpens                  0                  0.0',
  ])
  expect((await nstat('Icmp*')).filter(isPlain)).toEqual(icmp)
  expect(await nstat('Icmp*')).toEqual(['#kernel'])
  await made.run(made.client, 'ping -c 2 127.0.0.1')
  expect((await nstat('IcmpInEchos'))[1]).toBe('IcmpInEchos                     2                  0.0')
  expect((await nstat('-a', 'IcmpInEchos'))[1]).toBe('IcmpInEchos                     3                  0.0')
  expect(await nstat('-n')).toEqual([])
  expect(await made.run(made.client, 'nstat -k')).toMatchObject({ out: '', code: 255 })
  await made.net.close()
})
