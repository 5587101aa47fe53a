import { describe, expect, test } from 'vitest'
import { type RuleInit, runNft } from '../../src/filter/index.ts'
import { firewallOf } from '../../src/host/firewall.ts'
import type { Host } from '../../src/host/index.ts'
import { Network } from '../../src/network/index.ts'
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/index.ts'
import { Reason } from '../../src/wire/reason.ts'

const setup = () => {
  const net = new Network({ seed: 3 })
  const server = net.host('server', { address: '10.0.0.1/24' })
  const client = net.host('client', { address: '10.0.0.2/24' })
  net.link(server, client)
  return { net, server, client, firewall: firewallOf(server) }
}

const listen = (host: Host, port: number): void => {
  const process = host.process('listener')
  const fd = process.socket(AF_INET, SOCK_STREAM, 0)
  expect(process.bind(fd, { address: '10.0.0.1', port })).toBe(0)
  expect(process.listen(fd, 5)).toBe(0)
}

/** How a connection attempt ends: `open`, or the errno's name. */
const connect = (host: Host, port: number, address = '10.0.0.1'): Promise<string> =>
  host.run(async (process) => {
    const fd = process.socket(AF_INET, SOCK_STREAM, 0)
    try {
      await process.promises.connect(fd, { address, port })
      return 'open'
    } catch (error) {
      return (error as { code: string }).code
    } finally {
      process.close(fd)
    }
  })

const drop8080: RuleInit = { chain: 'input', protocol: 'tcp', dport: 8080, verdict: 'drop' }

describe('input', () => {
  test('a dropped port times out, is counted, and opens again when the rule is removed', async () => {
    const { server, client, firewall } = setup()
    listen(server, 8080)
    listen(server, 80)
    const handle = firewall.add({ ...drop8080, counter: true })
    expect(await connect(client, 80)).toBe('open')
    expect(await connect(client, 8080)).toBe('ETIMEDOUT')
    expect(server.ctx.telemetry.counts[Reason.FilterDrop]).toBe(11)
    const counter = firewall.list('input')[0]?.statements.find(({ kind }) => kind === 'counter')
    expect(counter).toEqual({ kind: 'counter', packets: 11, bytes: 660 })
    expect(firewall.remove(handle)).toBe(true)
    expect(firewall.remove(handle)).toBe(false)
    expect(await connect(client, 8080)).toBe('open')
  })

  test.each([
    ['tcp-reset', 'ECONNREFUSED'],
    ['port-unreachable', 'ECONNREFUSED'],
    ['host-unreachable', 'EHOSTUNREACH'],
    ['admin-prohibited', 'EHOSTUNREACH'],
  ] as const)('reject with %s: connect fails with %s at once', async (how, code) => {
    const { net, server, client, firewall } = setup()
    listen(server, 8080)
    firewall.add({ ...drop8080, verdict: 'reject', with: how })
    expect(await connect(client, 8080)).toBe(code)
    expect(net.now).toBeLessThan(1e9)
    expect(server.ctx.telemetry.counts[Reason.FilterReject]).toBe(1)
  })

  test('the policy decides about what no rule names; established connections go on', async () => {
    const { server, client, firewall } = setup()
    listen(server, 22)
    listen(server, 80)
    firewall.setPolicy('input', 'drop')
    firewall.add({ chain: 'input', state: ['established', 'related'], verdict: 'accept' })
    firewall.add({ chain: 'input', protocol: 'tcp', dport: 22, state: 'new', verdict: 'accept' })
    expect(await connect(client, 22)).toBe('open')
    expect(await connect(client, 80)).toBe('ETIMEDOUT')
    expect(server.ctx.telemetry.counts[Reason.FilterPolicy]).toBe(11)
    // Its own connections get their answers, and the ICMP or RST about them.
    expect(await connect(server, 9, '10.0.0.2')).toBe('ECONNREFUSED')
  })

  test('addresses, ranges and sets', async () => {
    const { server, client, firewall } = setup()
    for (const port of [80, 443, 1500]) listen(server, port)
    firewall.add({ chain: 'input', protocol: 'tcp', dport: [80, '1000-2000'], saddr: '10.0.0.0/30', verdict: 'reject' })
    firewall.add({ chain: 'input', protocol: 'tcp', dport: 443, saddr: '10.0.0.4/30', verdict: 'reject' })
    expect(await connect(client, 80)).toBe('ECONNREFUSED')
    expect(await connect(client, 1500)).toBe('ECONNREFUSED')
    expect(await connect(client, 443)).toBe('open')
    expect(() => firewall.add({ ...drop8080, saddr: 'nonsense' })).toThrow('nonsense')
  })
})

describe('output', () => {
  test('a dropped datagram is EPERM to its sender', async () => {
    const { server, firewall } = setup()
    firewall.add({ chain: 'output', protocol: 'udp', dport: 53, verdict: 'drop' })
    const process = server.process('sender')
    const fd = process.socket(AF_INET, SOCK_DGRAM, 0)
    const to = (port: number) => ({ address: '10.0.0.2', port })
    expect(process.sendto(fd, new Uint8Array(3), 0, to(53))).toBe(-1)
    expect(process.sendto(fd, new Uint8Array(3), 0, to(54))).toBe(3)
  })
})

test('nft: what is loaded is listed as nft writes it, with handles on demand', () => {
  const { firewall } = setup()
  const text = `table inet filter {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tct state established,related accept
\t\tiif "lo" accept
\t\ttcp dport { 80, 443 } counter packets 0 bytes 0 accept
\t\tip saddr 10.0.0.0/8 udp dport 1000-2000 reject
\t\ttcp flags syn / syn,ack reject with tcp reset
\t}
}
`
  expect(runNft(firewall, text, { file: '-' })).toEqual({ stdout: '', stderr: '', code: 0 })
  expect(runNft(firewall, 'list ruleset').stdout).toBe(text)
  expect(runNft(firewall, 'list chain inet filter input', { handles: true }).stdout).toContain(
    'counter packets 0 bytes 0 accept # handle 5\n',
  )
  expect(runNft(firewall, 'delete rule inet filter input handle 5').code).toBe(0)
  expect(runNft(firewall, 'list ruleset').stdout).not.toContain('443')
})

test('a batch of nft commands takes effect as a whole or not at all', () => {
  const { firewall } = setup()
  const text = 'add table inet filter\nadd rule inet filter nope drop\n'
  expect(runNft(firewall, text, { file: 'rules' })).toEqual({
    stdout: '',
    stderr:
      'rules:2:22-25: Error: Could not process rule: No such file or directory\nadd rule inet filter nope drop\n' +
      `${' '.repeat(21)}^^^^\n`,
    code: 1,
  })
  expect(firewall.tables).toEqual([])
})
