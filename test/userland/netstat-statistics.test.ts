import { expect, it } from 'vitest'
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/constants.ts'
import { program } from '../../src/userland/netstat/index.ts'
import { program as ping } from '../../src/userland/ping/index.ts'
import { Desk, lines } from './netdesk.ts'

it('netstat -s tells the counters as net-tools does after the same traffic', async () => {
  const made = new Desk([program, ping])
  const { client } = made
  await made.run(client, 'ping -c 1 127.0.0.1')
  const p = client.process('p')
  const listener = p.socket(AF_INET, SOCK_STREAM)
  p.bind(listener, { address: '127.0.0.1', port: 9000 })
  p.listen(listener, 1)
  const fd = p.socket(AF_INET, SOCK_STREAM)
  await p.promises.connect(fd, { address: '127.0.0.1', port: 9000 })
  const { fd: accepted } = await p.promises.accept(listener)
  await p.promises.send(fd, 'x')
  await p.promises.recv(accepted, new Uint8Array(1))
  await p.promises.connectResult(p.socket(AF_INET, SOCK_STREAM), { address: '127.0.0.1', port: 1 })
  await p.promises.sendto(p.socket(AF_INET, SOCK_DGRAM), 'x', 0, { address: '127.0.0.1', port: 2 })
  await made.net.runFor('1ms')
  const all = lines((await made.run(client, 'netstat -s')).out)
  const after = (head: string, count: number): string[] => all.slice(all.indexOf(head) + 1).slice(0, count)
  expect(after('Icmp:', 11)).toEqual([
    '    3 ICMP messages received',
    '    0 input ICMP message failed',
    '    ICMP input histogram:',
    '        destination unreachable: 1',
    '        echo requests: 1',
    '        echo replies: 1',
    '    3 ICMP messages sent',
    '    0 ICMP messages failed',
    '    ICMP output histogram:',
    '        destination unreachable: 1',
    '        echo requests: 1',
  ])
  expect(after('Tcp:', 10).filter((line) => line.includes('established'))).toHaveLength(1)
  expect(after('Tcp:', 5)).toEqual([
    '    2 active connection openings',
    '    1 passive connection openings',
    '    1 failed connection attempts',
    '    0 connection resets received',
    '    2 connections established',
  ])
  expect(after('Udp:', 4)).toEqual([
    '    0 packets received',
    '    1 packets to unknown port received',
    '    0 packet receive errors',
    '    1 packets sent',
  ])
  expect(all.slice(0, 3)).toEqual([
    'Ip:',
    '    Forwarding: 2',
    expect.stringMatching(/^ {4}\d+ total packets received$/),
  ])
  const tcpOnly = (await made.run(client, 'netstat -st')).out
  expect(tcpOnly).toMatch(/^Tcp:/)
  expect(tcpOnly).not.toContain('Udp:\n    ')
  await made.net.close()
})
