import { describe, expect, test } from 'vitest'
import { outcome } from './run-script.ts'

const LISTEN = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
`
const OPEN = `${LISTEN}+0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 7>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
`
const STAMPED = `${LISTEN}+0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 5 ecr 0,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 5,nop,wscale 7>
`

/** What comes of these lines on an open connection, without the name of the file; line 8 is their first. */
const onOpen = async (text: string): Promise<string | null> =>
  (await outcome(OPEN + text))?.slice('x.pkt:'.length) ?? null

describe('a packet is not what the line says', () => {
  test.each([
    [
      'flags, numbers and window',
      '> F. 2:102(100) ack 2 win 7',
      'flags is P., not F.; the sequence number is 1, not 2; ack is 1, not 2; win is 502, not 7',
    ],
    [
      'options',
      '> P. 1:101(100) ack 1 <nop,nop,TS val 1 ecr 1>',
      'the list of options is empty, not <nop,nop,TS val 1 ecr 1>',
    ],
    ['length, when it is shorter', '> P. 1:91(90) ack 1', 'the length is 100, not 90'],
    [
      'the header of IP',
      '> [ce, tos 3, ttl 1] P. 1:101(100) ack 1',
      'ECN is noecn, not ce; the type of service is 0, not 3; the time to live is 64, not 1',
    ],
    ['the connection', '> 8080 > 1 P. 1:101(100) ack 1', 'the connection is 8080 > 40000, not of this line'],
    ['the protocol', '> udp (100)', 'the packet is tcp, not udp'],
  ])('%s', async (_what, line, difference) => {
    const found = await onOpen(`+0 write(4, ..., 100) = 100\n+0 ${line}\n`)
    expect(found?.split('\n')[0]).toBe(`9: another packet was sent: ${difference}`)
  })

  test('both are shown in the language, with their times', async () => {
    expect(await onOpen('+0 write(4, ..., 100) = 100\n+.05 > P. 1:101(100) ack 2\n')).toBe(
      [
        '9: another packet was sent: ack is 1, not 2; it came 50.000 ms early: expected at 0.150000 s, came at 0.100000 s, tolerance 6.250 ms',
        '  script packet:    0.150000 > P. 1:101(100) ack 2',
        '  actual packet:    0.100000 > P. 1:101(100) ack 1 win 502',
      ].join('\n'),
    )
  })
})

describe('times', () => {
  test('a packet that comes late is told by how much', async () => {
    expect(await onOpen('+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+.1 > P. 1:11(10) ack 1\n')).toMatch(
      /^10: the packet came \d+\.000 ms late: expected at 0\.200000 s, came at 0\.\d+ s, tolerance 12\.500 ms\n {2}script packet: .*\n {2}actual packet: /,
    )
  })

  test('none at all is told', async () => {
    expect(await onOpen('+.1 > P. 1:11(10) ack 1\n')).toMatch(
      /^8: this packet was expected, and nothing was sent until 1\.000000 s\n {2}script packet: {4}0\.200000 > P\. 1:11\(10\) ack 1$/,
    )
  })

  test('4 ms are nothing, or what the script says; an eighth of a long wait is nothing either', async () => {
    const write = '+0 write(4, ..., 10) = 10\n'
    expect(await onOpen(`${write}+.004 > P. 1:11(10) ack 1\n`)).toBeNull()
    expect(await onOpen(`${write}+.0046 > P. 1:11(10) ack 1\n`)).toMatch(/came 4\.600 ms early/)
    expect(await outcome(`--tolerance_usecs=3000\n${OPEN}${write}+.004 > P. 1:11(10) ack 1\n`)).toMatch(
      /4\.000 ms early/,
    )
    expect(
      await onOpen(
        `${write}+0 > P. 1:11(10) ack 1\n+.1 < . 1:1(0) ack 11 win 257\n+1...2 read(4, ..., 9) = 1\n+1.05 < . 1:2(1) ack 11 win 257\n`,
      ),
    ).toBeNull()
  })

  test('any time, and a time within a range, will do', async () => {
    expect(await onOpen('+0 write(4, ..., 10) = 10\n* > P. 1:11(10) ack 1\n+.2~.9 > P. 1:11(10) ack 1\n')).toMatch(
      /^10:/,
    )
    expect(await onOpen('+0 write(4, ..., 10) = 10\n* > P. 1:11(10) ack 1\n+.2~+.9 > P. 1:11(10) ack 1\n')).toBeNull()
    expect(await onOpen('+0 write(4, ..., 10) = 10\n.05~.2 > P. 1:11(10) ack 1\n')).toBeNull()
    expect(await onOpen('+0 write(4, ..., 10) = 10\n.15~.2 > P. 1:11(10) ack 1\n')).toMatch(
      /expected at 0\.150000 to 0\.200000 s/,
    )
  })

  test('relative times count from what happened, injected packets from the first of their run', async () => {
    expect(await onOpen('+.3 write(4, ..., 10) = 10\n.4 > P. 1:11(10) ack 1\n')).toBeNull()
    expect(await onOpen('+.1 < P. 1:2(1) ack 1 win 9\n+.1 < P. 2:3(1) ack 1 win 9\n+0 > . 1:1(0) ack 2\n')).toMatch(
      /came 100\.000 ms early: expected at 0\.300000/,
    )
  })

  test('an event whose time has passed is late', async () => {
    expect(await onOpen('.05 write(4, ..., 10) = 10\n')).toMatch(/^8: this event came 50\.000 ms late/)
  })
})

describe('several segments meet one line', () => {
  const write = '+0 write(4, ..., 2500) = 2500\n'

  test('when together they are its payload, with the flags of the last; PSH may be that of a packet cut up by hardware', async () => {
    expect(await onOpen(`${write}+0 > P. 1:2501(2500) ack 1\n`)).toBeNull()
    expect(await onOpen(`${write}+0 > . 1:2501(2500) ack 1\n`)).toMatch(
      /^9: another packet was sent: flags is P\., not \./,
    )
    expect(await onOpen(`${write}+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2501(1500) ack 1\n`)).toBeNull()
    const more = '+0 write(4, ..., 12000) = 12000\n'
    expect(await onOpen(`${more}+0 > P. 1:10001(10000) ack 1\n`)).toBeNull()
    expect(await onOpen(`${more}+0 > . 1:10001(10000) ack 1\n`)).toBeNull()
    expect(await onOpen(`${more}+0 > P. 1:1001(1000) ack 1\n`)).toMatch(/flags is \., not P\./)
  })

  test('but not when one of them carries more than is left, or none comes', async () => {
    expect(await onOpen(`${write}+0 > . 1:1501(1500) ack 1\n`)).toMatch(
      /^9: another packet was sent: the length is 2000, not 1500/,
    )
    expect(await onOpen(`${write}+0 > P. 1:3501(3500) ack 1\n`)).toMatch(
      /^9: another packet was sent: this does not go on after the first 2500 octets/,
    )
  })

  test('never with --strict_segments', async () => {
    expect(await outcome(`--strict_segments\n${OPEN}${write}+0 > P. 1:2501(2500) ack 1\n`)).toMatch(
      /the length is 1000, not 2500/,
    )
  })
})

describe('system calls', () => {
  test.each([
    ['a count', '+0 write(4, ..., 10) = 9', 'write returned 10, not 9'],
    ['an errno', '+0 listen(4, 1) = 0', 'listen returned -1 EINVAL (Invalid argument), not 0'],
    [
      'another errno',
      '+0 listen(4, 1) = -1 EBADF (Bad file descriptor)',
      'listen returned -1 EINVAL (Invalid argument), not -1 EBADF',
    ],
    [
      'a value given back',
      '+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [111], [4]) = 0',
      'getsockopt: the value is 0, not 111',
    ],
    [
      'a field of a structure',
      '+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, [8]) = 0',
      'getsockopt: onoff is 0, not 1',
    ],
    [
      'revents',
      '+0 poll([{fd=4, events=POLLOUT, revents=POLLIN}], 1, 0) = 1',
      'poll: revents of descriptor 4 is 4, not 1',
    ],
    [
      'an address',
      '+0 getpeername(4, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("192.0.2.1")}, [16]) = 0',
      'getpeername: the address is 192.0.2.1 port 40000, not 192.0.2.1 port 1',
    ],
    [
      'a wait that is not said',
      '+0 read(4, ..., 10) = 10',
      'read waits, and the script does not say so (as in +0...0.1)',
    ],
  ])('%s that is not as expected', async (_what, line, message) => {
    expect(await onOpen(`${line}\n`)).toBe(`8: ${message}`)
  })

  test('a blocking call returns when the script says, and not sooner or later', async () => {
    const data = '+.2 < P. 1:11(10) ack 1 win 257\n'
    expect(await onOpen(`+0...0.2 read(4, ..., 10) = 10\n${data}`)).toBeNull()
    expect(await onOpen(`+0...0.4 read(4, ..., 10) = 10\n${data}`)).toMatch(
      /^8: the return of read came 200\.000 ms early/,
    )
    expect(await onOpen(`+0...0.1 read(4, ..., 10) = 10\n${data}`)).toMatch(
      /^8: the return of read came 100\.000 ms late/,
    )
    expect(await onOpen('+0...0.1 read(4, ..., 10) = 10\n')).toBe(
      '8: read has not returned: it was to return at 0.200000 s',
    )
    expect(await onOpen(`+0...0.2 read(4, ..., 10) = 9\n${data}`)).toBe('8: read returned 10, not 9')
  })

  test('any result will do where the script says ...', async () => {
    expect(await onOpen('+0 write(4, ..., 10) = ...\n+0 fcntl(4, F_GETFL) = ...\n')).toBeNull()
  })

  test('descriptors are the numbers of the script', async () => {
    const text =
      '+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 70\n+0 close(70) = 0\n+0 close(70) = -1 EBADF (Bad file descriptor)\n'
    expect(await onOpen(text)).toBeNull()
  })
})

describe('what is not known is refused by name', () => {
  test.each([
    ['+0 splice(4, NULL, 5, NULL, 1, 0) = 1', 'the system call splice is not known here'],
    ['+0 setsockopt(4, SOL_TCP, TCP_WONDER, [1], 4) = 0', 'setsockopt: this stack knows no TCP_WONDER'],
    ['+0 setsockopt(4, SOL_TCP, 99, [1], 4) = 0', 'setsockopt: this stack does not know option 99 of level 6'],
    ['+0 write(4, ...) = 0', 'write takes 3 arguments, not 2'],
    ['+0 sendmsg(4, {msg_iov(1)=[{..., 1}], msg_control=[]}, 0) = 1', 'sendmsg: "msg_control" is not known here'],
    ['+0 `reboot now`', 'the command "reboot now" is not known here (a script has no shell)'],
    ['+0 `ethtool -K tun0 tso on`', 'the command "ethtool -K tun0 tso on" is not known here (a script has no shell)'],
    ['+0 `sysctl -q net.ipv4.tcp_wonder=1`', 'this stack has no sysctl net.ipv4.tcp_wonder'],
    ['+0 `./set_sysctls.py /proc/sys/net/ipv4/tcp_sack=7`', 'sysctl net.ipv4.tcp_sack cannot be "7" (EINVAL)'],
    ['+0 %{ assert tcpi_wonder == 0 }%', 'TCP_INFO of this stack has no tcpi_wonder'],
    ['+0 %{ assert wonder == 0 }%', 'nothing is called "wonder" here'],
    ['+0 %{ assert len(1) == 0 }%', 'len() with 1 arguments is not known here: abs, int, max, min, round are'],
    [
      '+0 < . 1:1(0) ack 1 win 257 <...>',
      'an injected segment has the options that are written: <...> is for expected ones',
    ],
    [
      '+0 < . 1:1(0) ack 1 win 257 <wscale 1>',
      'these TCP options take 3 octets: fill them up to words with nop or eol',
    ],
    [
      '+0 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 1 ecr 5>',
      'the stack sent no timestamp that this script calls 5, so none can be echoed',
    ],
    ['+0 < icmp unreachable wonder', 'ICMP unreachable of IPv4 has no code "wonder" here'],
    ['+0 < icmp wonder', 'ICMP of IPv4 has no type "wonder" here'],
  ])('%s', async (line, message) => {
    expect(await onOpen(`${line}\n`)).toBe(`8: ${message}`)
  })

  test('options, too', async () => {
    expect(await outcome('--wonder=1\n')).toBe('x.pkt:1: there is no option --wonder here')
    expect(await outcome('\n--mtu=huge\n')).toBe('x.pkt:2: --mtu is a number from 68 to 65535')
    expect(await outcome('--local_ip=1.2.3\n')).toBe('x.pkt:1: --local_ip: "1.2.3" is not an address')
  })
})

describe('timestamps', () => {
  const echo =
    '+.1 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 6 ecr 100>\n+0 accept(3, ..., ...) = 4\n+0 write(4, ..., 1) = 1\n'

  test('a peer echoes by the name that the script gave; the time that passed shows in the estimate', async () => {
    expect(
      await outcome(
        `${STAMPED}${echo}+0 > P. 1:2(1) ack 1 <nop,nop,TS val 7 ecr 0>\n%{ assert tcpi_rtt == 100000, tcpi_rtt }%\n`,
      ),
    ).toBeNull()
  })

  test('a segment without ACK echoes nothing: its value is as written', async () => {
    const syn = '+0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 5 ecr 77,nop,wscale 7>\n'
    expect(await outcome(`${LISTEN}${syn}+0 > S. 0:0(0) ack 1 <...>\n`)).toBeNull()
  })

  test('they are judged by ticks when the script says how long one is', async () => {
    const text = `${STAMPED}${echo}+0 > P. 1:2(1) ack 1 <nop,nop,TS val `
    expect(await outcome(`--tcp_ts_tick_usecs=1000\n${text}200 ecr 0>\n`)).toBeNull()
    expect(await outcome(`--tcp_ts_tick_usecs=1000\n${text}210 ecr 0>\n`)).toMatch(/TS val is 200, not 210/)
  })
})

describe('code', () => {
  const run = async (code: string): Promise<{ failure: string | null; printed: string[] }> => {
    const printed: string[] = []
    const failure = await outcome(`${OPEN}+0 %{\n${code}\n}%\n`, 'ipv4', { print: (text) => void printed.push(text) })
    return { failure, printed }
  }

  test('computes as Python does', async () => {
    const { failure, printed } = await run(`print(7 // 2, -7 // 2, -7 % 3, 7 / 2, 1 << 4 | 1, 6 & 3, 5 ^ 1, ~5)
print 2 + 3 * 4, (2 + 3) * 4, -2 * -3; print "text"
print(1 < 2 < 3, 1 < 3 < 2, not 0, 0 or 5, 3 and 4, "a" == 'a', True == 1)
x = max(1, 2, 3) - min(4, 5)
print x, abs(x), int(2.9), round(2.4), 0x10 >> 2
print`)
    expect(failure).toBeNull()
    expect(printed).toEqual([
      '3 -4 2 3.5 17 2 4 -6',
      '14 20 6',
      'text',
      'True False True 5 4 True True',
      '-1 1 2 2 4',
      '',
    ])
  })

  test('variables count, texts are filled', async () => {
    const { failure, printed } = await run(
      'n = 5; n += 2; n -= 1; n *= 4; n //= 5\nprint "%d of %s, %.2f%%" % (n, "many", 2 / 3), "%s" % True; \\\n print n',
    )
    expect(failure).toBeNull()
    expect(printed).toEqual(['4 of many, 0.67% True', '4'])
    expect((await run('print "%d" % ()')).failure).toMatch(/^x\.pkt:9:\d+: syntax error: a value in the parentheses/)
    expect((await run('print "%d %d" % 1')).failure).toBe('x.pkt:9: nothing is left to fill %d with')
    expect((await run('print (1, 2) + 1')).failure).toMatch(/^x\.pkt:9: several values stand here only/)
  })

  test('an assertion that does not hold is shown with what it looked at', async () => {
    const { failure } = await run('y = 3\nassert tcpi_snd_mss == 1000 and \\\n  y >= 4, "too little"')
    expect(failure).toBe(
      [
        'x.pkt:10: the assertion does not hold: assert tcpi_snd_mss == 1000 and \\ y >= 4, "too little" (too little)',
        '  tcpi_snd_mss = 1000',
        '  y = 3',
      ].join('\n'),
    )
  })
})

test('commands prepare the host: the profile of Linux, settings, and what undoes them', async () => {
  const text = `\`../../common/defaults.sh
sysctl -q net.ipv4.tcp_timestamps=0  # why
./set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 \\
   "/proc/sys/net/ipv4/tcp_rmem=4096 131072 6291456" && ethtool -K tun0 tso off gso off
ip tcp_metrics flush all; \`
0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,nop,wscale 7>
\`/tmp/sysctl_restore_\${PPID}.sh\``
  expect(await outcome(text)).toBeNull()
})

test('each variant has its sockets and addresses', async () => {
  const text = (
    family: string,
    port: string,
    address: string,
  ) => `0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
+0 < S. 0:0(0) ack 1 win 1000 <mss 1460>
+0 > . 1:1(0) ack 1
+0 getpeername(3, {sa_family=${family}, ${port}=htons(8080), ${address}}, [28]) = 0
`
  expect(await outcome(text('AF_INET', 'sin_port', 'sin_addr=inet_addr("192.0.2.1")'), 'ipv4')).toBeNull()
  const six = (name: string) => text('AF_INET6', 'sin6_port', `sin6_addr=inet_pton(AF_INET6, "${name}")`)
  expect(await outcome(six('::ffff:192.0.2.1'), 'ipv4-mapped-ipv6')).toBeNull()
  expect(await outcome(six('fd3d:fa7b:d17d::1'), 'ipv6')).toBeNull()
})

test('options change the world: addresses, ports, MTU', async () => {
  const text = `--local_ip=10.1.0.1
--gateway_ipv4=10.1.0.9
--remote_ipv4=203.0.113.5
--mtu=1240
--connect_port=99
0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1200,sackOK,TS val 1 ecr 0,nop,wscale 7>
+0 < S. 0:0(0) ack 1 win 1000 <mss 1460>
+0 > . 1:1(0) ack 1
+0 getpeername(3, {sa_family=AF_INET, sin_port=htons(99), sin_addr=inet_addr("203.0.113.5")}, [16]) = 0
`
  expect(await outcome(text)).toBeNull()
})

test('a script of a virtual day takes no time', async () => {
  const begin = performance.now()
  expect(await onOpen('+86400 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n')).toBeNull()
  expect(performance.now() - begin).toBeLessThan(5000)
})
