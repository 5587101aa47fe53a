import { afterEach, describe, expect, it } from 'vitest'
import type { Process } from '../../src/host/index.ts'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../src/socket/constants.ts'
import { program, report } from '../../src/userland/lsof/index.ts'
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

/** The descriptors of the process that `lsof` 4.95 was run on for the expected rows below. */
const everyKind = async (p: Process): Promise<void> => {
  const local = (port: number) => ({ address: '127.0.0.1', port })
  const listener = p.socket(AF_INET, SOCK_STREAM, 0) // 3
  p.bind(listener, { address: '0.0.0.0', port: 8080 })
  p.listen(listener, 5)
  await p.promises.connect(p.socket(AF_INET, SOCK_STREAM, 0), local(8080)) // 4
  await p.promises.accept(listener) // 5
  p.bind(p.socket(AF_INET, SOCK_DGRAM, 0), local(5353)) // 6
  p.connect(p.socket(AF_INET, SOCK_DGRAM, 0), local(5353)) // 7
  p.bind(p.socket(AF_INET, SOCK_STREAM, 0), local(7777)) // 8
  p.socket(AF_INET, SOCK_STREAM, 0) // 9
  p.open('/dev/null') // 10
  const dual = p.socket(AF_INET6, SOCK_STREAM, 0) // 11
  p.bind(dual, { address: '::', port: 5001 })
  p.listen(dual, 1)
  await p.promises.connect(p.socket(AF_INET, SOCK_STREAM, 0), local(5001)) // 12
  await p.promises.accept(dual) // 13
  await p.promises.connect(p.socket(AF_INET6, SOCK_STREAM, 0), { address: '::1', port: 5001 }) // 14
  await p.promises.accept(dual) // 15
  const named = p.socket(AF_UNIX, SOCK_STREAM, 0) // 16
  p.bind(named, { path: '/tmp/u.sock' })
  p.listen(named, 1)
  await p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM, 0), { path: '/tmp/u.sock' }) // 17
  await p.promises.accept(named) // 18
  const abstract = p.socket(AF_UNIX, SOCK_STREAM, 0) // 19
  p.bind(abstract, { path: '\0abs' })
  p.listen(abstract, 1)
  p.socket(AF_UNIX, SOCK_DGRAM, 0) // 20
  p.socket(AF_INET, SOCK_RAW, 1) // 21
  p.socket(AF_INET6, SOCK_RAW, 58) // 22
  p.socket(AF_PACKET, SOCK_RAW, 3) // 23
  p.writeFile('/tmp/file.txt', 'hello')
  p.read(p.open('/tmp/file.txt', 2), new Uint8Array(2)) // 24
  p.pipe() // 25, 26
  p.open('/tmp') // 27
  p.socket(AF_INET, SOCK_DGRAM, 0) // 28
  p.socket(AF_INET6, SOCK_STREAM, 0) // 29
  p.bind(p.socket(AF_INET6, SOCK_DGRAM, 0), { address: '::', port: 5354 }) // 30
  const half = p.socket(AF_INET, SOCK_STREAM, 0) // 31
  await p.promises.connect(half, local(8080))
  await p.promises.accept(listener) // 32
  p.shutdown(half, 1)
  p.socket(AF_UNIX, SOCK_SEQPACKET, 0) // 33
}

/** Ephemeral ports as E1, E2 ... by their first appearance, inodes and pids by column width. */
const plain = (text: string): string[] => {
  const ports = new Map<string, string>()
  return lines(text).map((line) =>
    line
      .replace(/:(3[2-9]\d{3}|[45]\d{4}|60\d{3})\b/g, (_, port: string) => {
        if (!ports.has(port)) ports.set(port, `:E${ports.size + 1}`)
        return ports.get(port) as string
      })
      .replace(/0x[0-9a-f]{16}/, '0xPOINTER')
      .replace(/ +/g, ' '),
  )
}

describe('lsof', () => {
  it('prints the rows of lsof 4.95 for every kind of descriptor', async () => {
    const { net, server } = desk()
    const p = server.process('python3', { cwd: '/tmp' })
    await everyKind(p)
    await net.runFor('1s')
    const text = report(server, ['-p', String(p.pid)]).stdout
    const rows = plain(text)
    const pid = String(p.pid)
    const shown = rows.map((row) => row.replace(`python3 ${pid} root `, '').replace(/ \d{5} /, ' INODE '))
    expect(shown.filter((row) => /^\d+\w /.test(row) && !/^[0-2]u/.test(row))).toEqual([
      '3u IPv4 INODE 0t0 TCP *:http-alt (LISTEN)',
      '4u IPv4 INODE 0t0 TCP localhost:E1->localhost:http-alt (ESTABLISHED)',
      '5u IPv4 INODE 0t0 TCP localhost:http-alt->localhost:E1 (ESTABLISHED)',
      '6u IPv4 INODE 0t0 UDP localhost:mdns ',
      '7u IPv4 INODE 0t0 UDP localhost:E2->localhost:mdns ',
      '8u sock 0,8 0t0 INODE protocol: TCP',
      '9u sock 0,8 0t0 INODE protocol: TCP',
      expect.stringMatching(/^10r CHR 1,3 0t0 \d+ \/dev\/null$/),
      '11u IPv6 INODE 0t0 TCP *:5001 (LISTEN)',
      '12u IPv4 INODE 0t0 TCP localhost:E3->localhost:5001 (ESTABLISHED)',
      '13u IPv6 INODE 0t0 TCP localhost:5001->localhost:E3 (ESTABLISHED)',
      '14u IPv6 INODE 0t0 TCP ip6-localhost:E4->ip6-localhost:5001 (ESTABLISHED)',
      '15u IPv6 INODE 0t0 TCP ip6-localhost:5001->ip6-localhost:E4 (ESTABLISHED)',
      '16u unix 0xPOINTER 0t0 INODE /tmp/u.sock type=STREAM (LISTEN)',
      '17u unix 0xPOINTER 0t0 INODE type=STREAM (CONNECTED)',
      '18u unix 0xPOINTER 0t0 INODE /tmp/u.sock type=STREAM (CONNECTED)',
      '19u unix 0xPOINTER 0t0 INODE @abs type=STREAM (LISTEN)',
      '20u unix 0xPOINTER 0t0 INODE type=DGRAM (UNCONNECTED)',
      '21u raw 0t0 INODE 00000000:0001->00000000:0000 st=07',
      '22u raw6 0t0 INODE 00000000000000000000000000000000:003A->00000000000000000000000000000000:0000 st=07',
      '23u pack INODE 0t0 ALL type=SOCK_RAW',
      expect.stringMatching(/^24u REG 8,1 5 \d+ \/tmp\/file\.txt$/),
      expect.stringMatching(/^25r FIFO 0,14 0t0 \d+ pipe$/),
      expect.stringMatching(/^26w FIFO 0,14 0t0 \d+ pipe$/),
      expect.stringMatching(/^27r DIR 8,1 4096 \d+ \/tmp$/),
      '28u sock 0,8 0t0 INODE protocol: UDP',
      '29u sock 0,8 0t0 INODE protocol: TCPv6',
      '30u IPv6 INODE 0t0 UDP *:5354 ',
      '31u IPv4 INODE 0t0 TCP localhost:E5->localhost:http-alt (FIN_WAIT2)',
      '32u IPv4 INODE 0t0 TCP localhost:http-alt->localhost:E5 (CLOSE_WAIT)',
      '33u unix 0xPOINTER 0t0 INODE type=SEQPACKET (UNCONNECTED)',
    ])
    expect(shown.slice(1, 3)).toEqual([
      expect.stringMatching(/^cwd DIR 8,1 4096 \d+ \/tmp$/),
      expect.stringMatching(/^rtd DIR 8,1 4096 \d+ \/$/),
    ])
  })

  it('makes each column as wide as its widest cell', async () => {
    const { server } = desk()
    const p = server.process('python3')
    const fd = p.socket(AF_INET, SOCK_STREAM, 0)
    p.bind(fd, { address: '0.0.0.0', port: 8080 })
    p.listen(fd, 5)
    const { pid } = p
    const inode = report(server, ['-i4:8080', '-Fd']).stdout.split('\n')[1]?.slice(1)
    expect(report(server, ['-i4:8080']).stdout).toBe(
      [
        `COMMAND ${'PID'.padStart(Math.max(3, String(pid).length))} USER   FD   TYPE DEVICE SIZE/OFF NODE NAME`,
        `python3 ${String(pid).padStart(3)} root    3u  IPv4 ${String(inode).padStart(6)}      0t0  TCP *:http-alt (LISTEN)`,
        '',
      ].join('\n'),
    )
    expect(lines(report(server, ['-nP', '-p', String(pid), '-a', '-d', '3', '-l', '-R']).stdout)).toEqual([
      `COMMAND ${'PID'.padStart(3)} PPID     USER   FD   TYPE DEVICE SIZE/OFF NODE NAME`,
      `python3 ${String(pid).padStart(3)}    1        0    3u  IPv4 ${String(inode).padStart(6)}      0t0  TCP *:8080 (LISTEN)`,
    ])
  })

  it('selects by family, protocol, address, ports and state as lsof does', async () => {
    const { net, server } = desk()
    const p = server.process('python3')
    await everyKind(p)
    await net.runFor('1s')
    const fds = (...argv: string[]): string =>
      lines(report(server, ['-nP', ...argv]).stdout)
        .slice(1)
        .map((row) => /(\d+)[urw] /.exec(row)?.[1])
        .join(' ')
    const [pid, self] = [String(p.pid), `^${p.pid}`]
    expect(fds('-i')).toBe('3 4 5 6 7 11 12 13 14 15 30 31 32')
    expect(fds('-i4')).toBe('3 4 5 6 7 12 31 32')
    expect(fds('-i', '6')).toBe('11 13 14 15 30')
    expect(fds('-i4:8080')).toBe('3 4 5 31 32')
    expect(fds('-i4:5001')).toBe('12 13')
    expect(fds('-i6:5001')).toBe('11 14 15')
    expect(fds('-iTCP@127.0.0.1:8080')).toBe('4 5 31 32')
    expect(fds('-i', 'tcp@[::1]:5001')).toBe('14 15')
    expect(fds('-i', '4tcp@localhost')).toBe('4 5 12 13 31 32')
    expect(fds('-i', ':1-6000')).toBe('6 7 11 12 13 14 15 30')
    expect(fds('-i', 'udp:mdns')).toBe('6 7')
    expect(fds('-i', '-sTCP:LISTEN')).toBe('3 11')
    expect(fds('-iTCP', '-sTCP:^LISTEN,^established')).toBe('31 32')
    expect(fds('-U', '-a', '-p', pid)).toBe('16 17 18 19 20 33')
    expect(fds('-c', 'pyth', '-a', '-d', '3-5,7')).toBe('3 4 5 7')
    expect(fds('-c', '/YTH/i', '-a', '-d', '^3', '-i', ':8080')).toBe('4 5 31 32')
    expect(fds('-i', '-p', self)).toBe('')
    expect(fds('/tmp/u.sock')).toBe('16 18')
    expect(fds('/tmp/file.txt')).toBe('24')
    expect(report(server, ['-t', '-i:8080']).stdout).toBe(`${pid}\n`)
  })

  it('tells queues with -T and says nothing of states without', async () => {
    const { net, server } = desk()
    const p = server.process('python3')
    await everyKind(p)
    await net.runFor('1s')
    const names = (...argv: string[]): string[] =>
      lines(report(server, argv).stdout)
        .slice(1)
        .map((row) => row.slice(row.search(/(TCP|UDP) /) + 4))
    expect(names('-nP', '-i:5353', '-Tqs')[0]).toBe('127.0.0.1:5353 (QR=0 QS=0)')
    expect(names('-nP', '-i6:5001', '-Tqs')[0]).toBe('*:5001 (LISTEN QR=0 QS=0)')
    expect(names('-nP', '-i6:5001', '-T')[0]).toBe('*:5001')
    expect(names('-nP', '-i:8080', '-Tqs').at(-1)).toMatch(
      /^127\.0\.0\.1:8080->127\.0\.0\.1:\d+ \(CLOSE_WAIT QR=1 QS=0\)$/,
    )
  })

  it('writes fields for programs with -F', async () => {
    const { server } = desk()
    const p = server.process('python3')
    const fd = p.socket(AF_INET, SOCK_STREAM, 0)
    p.bind(fd, { address: '0.0.0.0', port: 8080 })
    p.listen(fd, 5)
    const { pid } = p
    const inode = /DEVICE[^\n]*\n.*IPv4 +(\d+)/.exec(report(server, ['-i']).stdout)?.[1]
    expect(lines(report(server, ['-F', '-p', String(pid), '-a', '-d', '3']).stdout)).toEqual(
      [
        `p${pid}`,
        `g${p.pgid}`,
        'R1',
        'cpython3',
        'u0',
        'Lroot',
        'f3',
        'au',
        'l ',
        'tIPv4',
        'G0x2;0x0',
        `d${inode}`,
      ].concat(['o0t0', 'PTCP', 'n*:http-alt', 'TST=LISTEN', 'TQR=0', 'TQS=0']),
    )
    expect(report(server, ['-F', 'pcfn0', '-i']).stdout).toBe(`p${pid}\0cpython3\0\nf3\0n*:http-alt\0\n`)
    expect(report(server, ['-Fn', '-i']).stdout).toBe(`p${pid}\nn*:http-alt\n`)
  })

  it('refuses in the words of lsof and exits with 1', () => {
    const { server } = desk()
    const first = (...argv: string[]): string => {
      const { stdout, stderr } = report(server, argv)
      return stdout + stderr.split('\n')[0]
    }
    expect(first('-k')).toBe('lsof: illegal option character: k')
    expect(first('-E')).toBe('lsof: illegal option character: E')
    expect(first('-p')).toBe('lsof: no process ID specified')
    expect(first('-p', 'abc')).toBe('lsof: illegal process ID: abc')
    expect(first('-p', '1,2x')).toBe('lsof: illegal process ID: 1,2x')
    expect(first('-c')).toBe('lsof: missing -c option value')
    expect(first('-d')).toBe('lsof: no file descriptor specified')
    expect(first('-d', 'x-3')).toBe('lsof: non-digit in -d FD range: x-3')
    expect(first('-d', '5-3')).toBe("lsof: -d FD range's low >= its high: 5-3")
    expect(first('-g', '1x')).toBe('lsof: illegal process group ID: 1x')
    expect(first('-u', 'nosuchuser')).toBe("lsof: can't get UID for nosuchuser")
    expect(first('-Tx')).toBe('lsof: unsupported TCP/TPI info selection: x')
    expect(first('-s', 'TCP:FOO', '-i')).toBe('lsof: unknown TCP state name: FOO')
    expect(first('-sUDP:Idle')).toBe('lsof: no UDP state names available: UDP:Idle')
    expect(first('-sTCP')).toBe('lsof: unknown -s protocol: "TCP"')
    expect(first('-Fy')).toBe('lsof: unknown field: y')
    expect(first('-c', '/[/', '-i')).toBe('lsof: regexp error: /[/: Invalid regular expression')
    expect(first('-i', 'foo:80')).toBe('lsof: unknown protocol name (foo) in: -i foo:80')
    expect(first('-i', '8080')).toBe('lsof: unknown protocol name (8080) in: -i 8080')
    expect(first('-i', '5:80')).toBe('lsof: unknown protocol name (5) in: -i 5:80')
    expect(first('-i', ':nosuchservice')).toBe('lsof: unknown service nosuchservice in: -i :nosuchservice')
    expect(first('-i', 'udp:http-alt')).toBe('lsof: unknown service http-alt for udp in: -i udp:http-alt')
    expect(first('-i', '@nosuchhost')).toBe('lsof: unknown host name (nosuchhost) in: -i @nosuchhost')
    expect(first('-i', '4@::1')).toBe('lsof: unacceptable Internet address in: -i 4@::1')
    expect(first('-i6@127.0.0.1')).toBe('lsof: IPv4 addresses are prohibited: -i 6@127.0.0.1')
    expect(first('-i', 'tcp:')).toBe('lsof: unacceptable port specification in: -i tcp:')
    expect(first('-i', ':80-70')).toBe('lsof: unacceptable port specification in: -i :80-70')
    expect(first('/tmp/nosuch')).toBe('lsof: status error on /tmp/nosuch: No such file or directory')
    expect(first('/tmp/nosuch', '-i')).toContain('/tmp/nosuch')
    expect(first('-V', '-p', '99999')).toBe('lsof: process ID not located: 99999')
    expect(first('-V', '-i4:9999')).toBe('lsof: Internet address not located: 4:9999')
  })

  it('exits with 1 when anything asked for is nowhere, whatever it prints', async () => {
    const made = desk()
    const { server } = made
    const p = server.process('holder')
    const fd = p.socket(AF_INET, SOCK_STREAM, 0)
    p.bind(fd, { address: '0.0.0.0', port: 8080 })
    p.listen(fd, 5)
    const codeOf = async (command: string): Promise<number | null> => (await made.run(server, command)).code
    expect(await made.run(server, 'lsof -i4:8081')).toEqual({ out: '', err: '', code: 1 })
    expect(await codeOf('lsof -i4:8080')).toBe(0)
    expect(await codeOf('lsof -i:8080 -i:9999')).toBe(1)
    expect(await codeOf(`lsof -p ${p.pid},99999`)).toBe(1)
    expect(await codeOf('lsof -Q -p 99999')).toBe(0)
    expect(await codeOf('lsof -c nosuch')).toBe(1)
    expect(await codeOf('lsof -c lsof -a -i')).toBe(1)
    expect(await codeOf('lsof +r1 -i:9999')).toBe(1)
    expect(await codeOf('lsof -h')).toBe(0)
  })

  it('hides what belongs to another user', async () => {
    const made = desk()
    const { server } = made
    const p = server.process('holder')
    const { out } = await made.run(server, `lsof -p ${p.pid}`, { user: 'nobody' })
    expect(lines(out).map((line) => line.replace(/ +/g, ' '))).toEqual([
      'COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME',
      `holder ${p.pid} root cwd unknown /proc/${p.pid}/cwd (readlink: Permission denied)`,
      `holder ${p.pid} root rtd unknown /proc/${p.pid}/root (readlink: Permission denied)`,
      `holder ${p.pid} root txt unknown /proc/${p.pid}/exe (readlink: Permission denied)`,
      `holder ${p.pid} root NOFD /proc/${p.pid}/fd (opendir: Permission denied)`,
    ])
  })

  it('repeats with -r until it is ended', async () => {
    const made = desk()
    const child = made.server.spawn('lsof', ['-r', '2', '-t', '-c', 'lsof'])
    await made.net.runFor('5s')
    child.kill('SIGINT')
    await child.exited
    expect(child.stdout?.text).toBe(`${child.pid}\n=======\n`.repeat(3))
  })
})
