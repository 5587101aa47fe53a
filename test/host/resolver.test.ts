import { type Answer, decode, encode, type Packet } from '@dnsquery/dns-packet'
import { describe, expect, it } from 'vitest'
import {
  AI_NUMERICHOST,
  AI_PASSIVE,
  candidates,
  type Process,
  ResolverError,
  reverseName,
} from '../../src/host/index.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/index.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Machine, SECOND } from './machine.ts'

type Reply = {
  rcode?: number
  answers?: Answer[]
  truncated?: boolean
  id?: (id: number) => number
  question?: string
  raw?: Uint8Array
  split?: boolean
}
type Zone = (name: string, type: string, how: 'udp' | 'tcp') => Reply | null

const A = (name: string, data: string): Answer => ({ type: 'A', name, ttl: 60, data }) as Answer
const AAAA = (name: string, data: string): Answer => ({ type: 'AAAA', name, ttl: 60, data }) as Answer
const CNAME = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 60, data }) as Answer

interface Asked {
  readonly name: string
  readonly type: string
  readonly how: 'udp' | 'tcp'
  readonly at: number
  readonly id: number
  readonly port: number
  readonly flags: number
}

/** A name server at 10.0.0.2 and a machine that asks it. */
class Names {
  readonly client = new Machine('client', '10.0.0.1')
  readonly asked: Asked[] = []

  constructor(zone: Zone, conf = 'nameserver 10.0.0.2\n', servers = ['10.0.0.2']) {
    this.client.kernel.init.writeFile('/etc/resolv.conf', conf)
    for (const address of servers) this.#serve(new Machine(`ns${address}`, address, this.client), zone)
  }

  #reply(zone: Zone, bytes: Uint8Array, how: 'udp' | 'tcp', port: number): Uint8Array | null {
    const query = decode(bytes)
    const question = query.questions?.[0]
    if (question === undefined) return null
    const id = query.id ?? 0
    this.asked.push({
      name: question.name,
      type: question.type,
      how,
      at: this.client.clock.now / SECOND,
      id,
      port,
      flags: query.flags ?? 0,
    })
    const reply = zone(question.name, question.type, how)
    if (reply === null) return null
    if (reply.raw !== undefined) return reply.raw
    const packet: Packet = {
      type: 'response',
      id: reply.id?.(id) ?? id,
      flags: 0x0180 | (reply.rcode ?? 0) | (reply.truncated === true ? 0x0200 : 0),
      questions: [{ ...question, name: reply.question ?? question.name }],
      answers: reply.answers ?? [],
    }
    return encode(packet)
  }

  #serve(machine: Machine, zone: Zone): void {
    machine.start(async (p) => {
      const fd = p.socket(AF_INET, SOCK_DGRAM)
      p.bind(fd, { address: '0.0.0.0', port: 53 })
      const buf = new Uint8Array(4096)
      for (;;) {
        const { count, address } = await p.promises.recvfrom(fd, buf)
        if (address === null || !('port' in address)) continue
        const reply = this.#reply(zone, buf.slice(0, count), 'udp', address.port)
        if (reply !== null) await p.promises.sendto(fd, reply, 0, address)
      }
    })
    machine.start(async (p) => {
      const fd = p.socket(AF_INET, SOCK_STREAM)
      p.bind(fd, { address: '0.0.0.0', port: 53 })
      p.listen(fd, 5)
      const buf = new Uint8Array(4096)
      for (;;) {
        const { fd: s } = await p.promises.accept(fd)
        const count = await p.promises.recv(s, buf)
        const reply = this.#reply(zone, buf.slice(2, count), 'tcp', 0)
        if (reply !== null) {
          const framed = Uint8Array.of(reply.length >> 8, reply.length & 255, ...reply)
          // In pieces, as a stream may bring it.
          for (const [from, to] of [
            [0, 1],
            [1, 5],
            [5, framed.length],
          ] as const) {
            await p.promises.send(s, framed.subarray(from, to))
            await p.promises.sleep(20)
          }
        }
        p.close(s)
      }
    })
  }

  /** Addresses of a name, or the error's code and text. */
  async lookup(
    name: string | null,
    service: string | null = null,
    hints: object = { socktype: SOCK_STREAM },
  ): Promise<unknown[]> {
    return await this.client.asUntil(async (p) => {
      try {
        return (await p.promises.getaddrinfo(name, service, hints)).map((one) => `${one.address}:${one.port}`)
      } catch (error) {
        if (!(error instanceof ResolverError)) throw error
        return [error.code, error.message]
      }
    })
  }
}

const names = (asked: readonly Asked[]): string[] => asked.map(({ name, type, how }) => `${how} ${type} ${name}`)
const NONAME = ['EAI_NONAME', 'Name or service not known']
const AGAIN = ['EAI_AGAIN', 'Temporary failure in name resolution']

describe('without servers', () => {
  it('numbers, /etc/hosts and localhost need none; anything else is EAI_AGAIN, as on Linux', async () => {
    const n = new Names(() => null, '', [])
    n.client.kernel.init.writeFile('/etc/hosts', '127.0.0.1 localhost\n10.0.0.7 Web.lab web\n')
    expect(await n.lookup('10.1.2.3', '80')).toEqual(['10.1.2.3:80'])
    expect(await n.lookup('::1', 'http')).toEqual(['::1:80'])
    expect(await n.lookup('WEB')).toEqual(['10.0.0.7:0'])
    expect(await n.lookup('localhost', '8080')).toEqual(['127.0.0.1:8080'])
    expect(await n.lookup('nowhere.example')).toEqual(AGAIN)
    expect(await n.lookup('localhost', 'no-such-service')).toEqual([
      'EAI_SERVICE',
      'Servname not supported for ai_socktype',
    ])
    expect(await n.lookup('web', null, { flags: AI_NUMERICHOST })).toEqual(NONAME)
    expect(await n.lookup(null, '80', { socktype: SOCK_STREAM, flags: AI_PASSIVE })).toEqual(['0.0.0.0:80', ':::80'])
    expect(await n.lookup(null)).toEqual(NONAME)
    expect(await n.lookup('x', null, { family: 77 })).toEqual(['EAI_FAMILY', 'ai_family not supported'])
  })

  it('[6761-6.3-a, 6761-6.3-b, 6761-6.4] localhost names are loopback and .invalid nothing, without a query', async () => {
    const n = new Names(() => ({ answers: [] }))
    n.client.kernel.init.writeFile('/etc/hosts', '')
    expect(await n.lookup('db.localhost')).toEqual(['127.0.0.1:0', '::1:0'])
    expect(await n.lookup('localhost.')).toEqual(['127.0.0.1:0', '::1:0'])
    expect(await n.lookup('x.invalid')).toEqual(NONAME)
    expect(n.asked).toEqual([])
  })
})

describe('queries', () => {
  it('[1034-5.3.1, 1123-6.1.2.2, 1035-4.1.1-a, 6761-6.2, 6761-6.5] ask the server for A and AAAA with RD set, class IN', async () => {
    const n = new Names((name, type) => ({
      answers: type === 'A' ? [A(name, '192.0.2.1')] : [AAAA(name, '2001:db8::1')],
    }))
    expect(await n.lookup('host.example')).toEqual(['2001:db8::1:0', '192.0.2.1:0'])
    expect(names(n.asked).sort()).toEqual(['udp A host.example', 'udp AAAA host.example'])
    expect(n.asked.every(({ flags }) => (flags & 0x0100) !== 0 && (flags & 0x0070) === 0)).toBe(true)
    expect(await n.lookup('host.test', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(['192.0.2.1:0'])
    expect(n.asked.at(-1)?.name).toBe('host.test')
  })

  it('[1034-5.3.1, 1035-4.1.1-b] tell apart no such name, no data and failure', async () => {
    const n = new Names((name) => ({
      rcode: name.startsWith('none') ? 3 : name.startsWith('fail') ? 2 : 0,
      answers: [],
    }))
    expect(await n.lookup('none.example')).toEqual(NONAME)
    expect(await n.lookup('empty.example')).toEqual(['EAI_NODATA', 'No address associated with hostname'])
    expect(await n.lookup('fail.example')).toEqual(AGAIN)
  })

  it('[5452-9.2] use ids and ports that do not repeat in order', async () => {
    const n = new Names((name) => ({ answers: [A(name, '192.0.2.1')] }))
    for (let i = 0; i < 20; i++) await n.lookup(`h${i}.example`, null, { family: AF_INET, socktype: SOCK_STREAM })
    const ids = n.asked.map(({ id }) => id)
    const ports = n.asked.map(({ port }) => port)
    expect(new Set(ids).size).toBe(20)
    expect(new Set(ports).size).toBeGreaterThan(17)
    const steps = (list: number[]): number => new Set(list.slice(1).map((x, i) => x - (list[i] as number))).size
    expect(steps(ids)).toBeGreaterThan(15)
    expect(steps(ports)).toBeGreaterThan(15)
  })

  it('[1035-4.2.1, 1123-6.1.3.3-a, 1035-7.2] retry on loss, bounded, over all servers', async () => {
    let lost = 2
    const n = new Names(
      (name) => (lost-- > 0 ? null : { answers: [A(name, '192.0.2.1')] }),
      'nameserver 10.0.0.2\nnameserver 10.0.0.3\n',
      ['10.0.0.2', '10.0.0.3'],
    )
    expect(await n.lookup('a.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(['192.0.2.1:0'])
    expect(n.asked.map(({ at }) => Math.round(at))).toEqual([0, 5, 10])
    const dead = new Names(() => null)
    expect(await dead.lookup('b.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(AGAIN)
    expect(dead.asked.length).toBe(2)
    expect(dead.client.clock.now / SECOND).toBeLessThan(20)
  })

  it('[1123-6.1.3.2-a, 7766-5-a, 2181-9, 1035-4.2.2] a truncated answer is asked for again over TCP, read however it comes', async () => {
    const n = new Names((name, _type, how) =>
      how === 'udp'
        ? { truncated: true, answers: [A(name, '192.0.2.66')] }
        : { answers: [A(name, '192.0.2.1'), A(name, '192.0.2.2')] },
    )
    expect(await n.lookup('big.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual([
      '192.0.2.1:0',
      '192.0.2.2:0',
    ])
    expect(names(n.asked)).toEqual(['udp A big.example', 'tcp A big.example'])
  })

  it('[1035-7.3-a, 5452-9.1, 1035-7.3-b] answers with another id or question, and malformed ones, are not believed', async () => {
    for (const reply of [
      { id: (id: number) => id ^ 1 },
      { question: 'other.example' },
      { raw: Uint8Array.of(1, 2, 3) },
    ] satisfies Reply[]) {
      let first = true
      const n = new Names((name) => {
        const lie = first
        first = false
        return lie ? { answers: [A(name, '192.0.2.66')], ...reply } : { answers: [A(name, '192.0.2.1')] }
      })
      expect(await n.lookup('a.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(['192.0.2.1:0'])
    }
  })

  it('[1035-4.1.4] compression that points at itself is no hang', async () => {
    const n = new Names(() => ({ raw: Uint8Array.of(0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1) }))
    expect(await n.lookup('a.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(AGAIN)
  })

  it('[1035-3.3.1, 1035-2.3.3] follow CNAME chains, names in any case, up to a bound', async () => {
    const n = new Names((name) =>
      name === 'loop.example'
        ? { answers: [CNAME('loop.example', 'pool.example'), CNAME('pool.example', 'loop.example')] }
        : {
            answers: [
              CNAME(name.toUpperCase(), 'Mid.example'),
              CNAME('mid.EXAMPLE', 'end.example'),
              A('END.example', '192.0.2.9'),
              A('other.example', '192.0.2.66'),
            ],
          },
    )
    expect(await n.lookup('start.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(['192.0.2.9:0'])
    expect(await n.lookup('loop.example', null, { family: AF_INET, socktype: SOCK_STREAM })).toEqual(AGAIN)
  })

  it('[1123-6.1.4.3] a trailing dot ends the name; otherwise the search list is tried by ndots', async () => {
    const n = new Names(
      (name) => (name === 'web.lab.example' ? { answers: [A(name, '192.0.2.1')] } : { rcode: 3 }),
      'nameserver 10.0.0.2\nsearch lab.example corp.example\n',
    )
    const v4 = { family: AF_INET, socktype: SOCK_STREAM }
    expect(await n.lookup('web', null, v4)).toEqual(['192.0.2.1:0'])
    expect(await n.lookup('web.', null, v4)).toEqual(NONAME)
    expect(await n.lookup('a.b', null, v4)).toEqual(NONAME)
    expect(n.asked.map(({ name }) => name)).toEqual([
      'web.lab.example',
      'web',
      'a.b',
      'a.b.lab.example',
      'a.b.corp.example',
    ])
    expect(candidates('x', { search: ['d'], ndots: 0 })).toEqual(['x', 'x.d'])
  })

  it('[1035-2.3.4-a] names beyond 255 octets or with labels beyond 63 are no names', async () => {
    const n = new Names((name) => ({ answers: [A(name, '192.0.2.1')] }))
    expect(await n.lookup(`${'a'.repeat(64)}.example`)).toEqual(NONAME)
    expect(await n.lookup(`${'abcdefg.'.repeat(32)}example`)).toEqual(NONAME)
    expect(n.asked).toEqual([])
  })

  it('a closed port at the server is a temporary failure at once', async () => {
    const n = new Names(() => null, 'nameserver 10.0.0.1\n', [])
    expect(await n.lookup('a.example')).toEqual(AGAIN)
    expect(n.client.clock.now).toBeLessThan(SECOND)
  })
})

describe('getnameinfo', () => {
  it('[1035-3.5, 6761-6.1] names an address by /etc/hosts, then by PTR; numbers where there is none', async () => {
    const n = new Names((name, type) =>
      name === '9.2.0.192.in-addr.arpa' && type === 'PTR'
        ? { answers: [{ type: 'PTR', name, ttl: 1, data: 'nine.example' } as Answer] }
        : { rcode: 3 },
    )
    const at = (text: string) => parseAddress(text) as NonNullable<ReturnType<typeof parseAddress>>
    const result = await n.client.asUntil(async (p: Process) => [
      await p.promises.getnameinfo(at('127.0.0.1'), 8080),
      await p.promises.getnameinfo(at('192.0.2.9'), 80),
      await p.promises.getnameinfo(at('10.0.0.99'), 1),
      await p.promises.getnameinfo(at('192.0.2.9'), 80, 3),
    ])
    expect(result[0]).toEqual({ host: 'localhost', service: 'http-alt' })
    expect(result[1]).toEqual({ host: 'nine.example', service: 'http' })
    expect(result[2]?.host).toBe('10.0.0.99')
    expect(result[3]).toEqual({ host: '192.0.2.9', service: '80' })
    expect(reverseName(at('2001:db8::1'))).toBe(
      '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    )
    expect(AF_INET6).toBe(10)
  })
})
