import { describe, expect, test } from 'vitest'
import { buildTopology, Network, parseTopology, type Topology, TopologyError } from '../../src/index.node.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/constants.ts'

const GOOD = `
seed: 7
hosts:
  client: { address: 10.0.1.2/24, gateway: 10.0.1.1 }
  router:
    interfaces:
      eth0: { address: 10.0.1.1/24 }
      eth1: { address: 10.0.2.1/24 }
    sysctl: { net.ipv4.ip_forward: 1 }
  server:
    address: [10.0.2.2/24, 'fd00::2/64']
    gateway: 10.0.2.1
    programs: [nc -lk 7000]
switches: [sw0]
links:
  - { between: [client, 'router:eth0'], latency: 10ms }
  - { between: ['router:eth1', sw0], forward: { rate: 10mbit } }
  - { between: [server, sw0] }
faults:
  - { at: 10s, for: 5s, partition: [client, server] }
  - { at: 20s, link: [client, 'router:eth0'], set: { loss: 1% } }
`

const refusal = (act: () => unknown): TopologyError => {
  try {
    act()
  } catch (error) {
    if (error instanceof TopologyError) return error
    throw error
  }
  throw new Error('it was accepted')
}

/** `line:column where: message` of every problem. */
const problems = (...lines: string[]): string[] =>
  refusal(() => parseTopology(lines.join('\n'), 'net.yaml')).problems.map(
    (p) => `${p.line}:${p.column} ${p.where}: ${p.message}`,
  )

const HOSTS = ['hosts:', '  a: { address: 10.0.0.1/24 }', '  b: { address: 10.0.0.2/24 }']

describe('a topology in YAML', () => {
  test('parses to the object it says', () => {
    const topology = parseTopology(GOOD)
    expect(Object.keys(topology.hosts)).toEqual(['client', 'router', 'server'])
    expect(topology.seed).toBe(7)
    expect(topology.links?.[0]).toEqual({ between: ['client', 'router:eth0'], latency: '10ms' })
    expect(topology.faults).toHaveLength(2)
  })

  test('names an unknown field at its key, with the nearest known one', () => {
    expect(problems('hosts:', '  a:', '    adress: 10.0.0.1/24')).toEqual([
      '3:5 hosts.a.adress: unknown field "adress"; did you mean "address"?',
    ])
  })

  test('lists the known fields when none is near', () => {
    expect(problems('hosts: {}', 'colour: red')[0]).toMatch(
      /^2:1 colour: unknown field "colour"; known are seed, time,/,
    )
  })

  test('names a bad address at its value', () => {
    expect(problems('hosts:', '  a:', '    address: 10.0.0.300/24')).toEqual([
      '3:14 hosts.a.address: "10.0.0.300/24" is not an address with prefix length, such as 10.0.0.1/24',
    ])
  })

  test('names all problems of the shape at once, and the file in the message', () => {
    const yaml = ['hosts:', '  a: { mtu: 20 }', 'links:', '  - { between: [a], loss: 2 }'].join('\n')
    const error = refusal(() => parseTopology(yaml, 'net.yaml'))
    expect(error.code).toBe('ERR_SOQUETE_TOPOLOGY')
    expect(error.message.split('\n')).toEqual([
      'net.yaml:2:13: hosts.a.mtu: 20 is not an MTU (68 to 65535)',
      'net.yaml:4:16: links[0].between: a list of 2 is wanted, this one has 1',
      'net.yaml:4:27: links[0].loss: 2 is not a probability such as 0.01 or 1%',
    ])
  })

  test('names the end of a link that does not exist', () => {
    expect(problems(...HOSTS, 'links:', '  - { between: [a, c] }')).toEqual([
      '5:20 links[0].between[1]: there is no host or switch "c" (known are a, b)',
    ])
    expect(problems(...HOSTS, 'links:', "  - { between: [a, 'b:eth1'] }")).toEqual([
      '5:20 links[0].between[1]: host "b" has no interface "eth1"',
    ])
  })

  test('names a key that comes twice', () => {
    expect(problems('hosts:', '  a: {}', '  a: {}')).toEqual(['3:3 : Map keys must be unique'])
  })

  test('refuses a fault on a link that is not there', () => {
    expect(problems(...HOSTS, 'faults:', '  - { at: 1s, link: [a, b], set: { loss: 1 } }')).toEqual([
      '5:21 faults[0].link: there is no link between a and b',
    ])
  })

  test('refuses a fault of no kind, and one that changes nothing', () => {
    expect(problems(...HOSTS, 'faults:', '  - { at: 1s }')).toEqual([
      '5:5 faults[0]: a fault is one of partition, hold, link with set',
    ])
    expect(problems(...HOSTS, 'links:', '  - between: [a, b]', 'faults:', '  - { at: 1s, link: [a, b] }')).toEqual([
      '7:5 faults[0]: "set" is missing: what is to change on the link',
    ])
  })
})

/** Whether `from` can connect to port 7000 at `address`: the errno, or 0. */
const connect = (net: Network, from: string, address: string): Promise<number> =>
  net.host(from).run((proc) => {
    const fd = proc.socket(AF_INET, SOCK_STREAM)
    return proc.promises.connectResult(fd, { address, port: 7000 })
  })

describe('a network built of a topology', () => {
  test('from an object: hosts reach one another, programs run', async () => {
    const topology: Topology = {
      hosts: { a: { address: '10.0.0.1/24', programs: ['nc -lk 7000'] }, b: { address: '10.0.0.2/24' } },
      links: [{ between: ['a', 'b'], latency: '10ms' }],
    }
    const net = new Network({ seed: 1 })
    await buildTopology(net, topology)
    await net.runFor('100ms')
    const before = net.now
    expect(await connect(net, 'b', '10.0.0.1')).toBe(0)
    expect(net.now - before).toBeGreaterThanOrEqual(20e6)
    expect(await connect(net, 'a', '10.0.0.2')).toBe(-111)
    await net.close()
  })

  test('from YAML: through a router and a switch, and not while a partition lasts', async () => {
    const net = new Network({ seed: 7 })
    await buildTopology(net, parseTopology(GOOD))
    await net.runFor('1s')
    const nc = async (): Promise<number | null> =>
      (await net.host('client').spawn('nc', ['-z', '-w', '1', 'server', '7000']).exited).code
    expect(await nc()).toBe(0)
    await net.runFor('10s')
    expect(net.faults.active).toHaveLength(2)
    expect(await nc()).toBe(1)
    await net.runFor('5s')
    expect(net.faults.active).toEqual([])
    expect(await nc()).toBe(0)
    await net.close()
  })

  test('a fault on a link ends with what the link was made with, whatever it set', async () => {
    const errors: unknown[] = []
    const net = new Network({ seed: 1, onError: (error) => errors.push(error) })
    await buildTopology(net, {
      hosts: { a: { address: '10.0.0.1/24', programs: ['nc -lk 7000'] }, b: { address: '10.0.0.2/24' } },
      links: [{ between: ['a', 'b'], latency: '10ms', forward: { latency: '30ms' } }],
      faults: [
        {
          at: '1s',
          for: '1s',
          link: ['a', 'b'],
          set: {
            latency: '500ms',
            jitter: '1ms',
            distribution: 'normal',
            jitterReorders: true,
            reorderGap: 3,
            queue: '5p',
          },
        },
      ],
    })
    const connectTime = async (): Promise<number> => {
      const before = net.now
      expect(await connect(net, 'b', '10.0.0.1')).toBe(0)
      return (net.now - before) / 1e6
    }
    await net.runFor('100ms')
    await connectTime() // ARP is out of the way
    expect(await connectTime()).toBe(40)
    await net.runFor('1s')
    expect(await connectTime()).toBeGreaterThan(900)
    await net.runFor('3s')
    expect(await connectTime()).toBe(40)
    expect(errors).toEqual([])
    await net.close()
  })

  test('a wrong object is refused and nothing is built; it has no lines', async () => {
    const net = new Network()
    const wrong = { hosts: { a: { adress: '10.0.0.1/24' } } } as unknown as Topology
    const error = await buildTopology(net, wrong).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(TopologyError)
    expect((error as TopologyError).problems[0]).toMatchObject({ line: 0, column: 0, where: 'hosts.a.adress' })
    expect(net.hosts).toEqual([])
    await net.close()
  })
})
