import { describe, expect, it } from 'vitest'
import { Host } from '../../src/host/index.ts'
import { Ip } from '../../src/ip/index.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/index.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { program } from '../../src/userland/nc/index.ts'
import { contextOf, run, SECOND } from '../host/machine.ts'

const lab = () => {
  const clock = new Scheduler()
  const host = new Host(contextOf(clock), (ctx) => new Ip(ctx))
  host.programs.register(program)
  const go = (seconds = 1) => run(clock, clock.now + seconds * SECOND)
  const nc = async (args: string, input: string | true = true) => {
    const child = host.spawn('nc', args.split(' '), { input })
    await go()
    return {
      child,
      out: () => child.stdout?.text,
      err: () => child.stderr?.text,
      code: async () => (child.process.isAlive ? null : (await child.exited).code),
    }
  }
  return { host, go, nc }
}

describe('TCP', () => {
  it('carries bytes both ways and ends with the connection', async () => {
    const { nc, go } = lab()
    const server = await nc('-lv 8080')
    expect(server.err()).toBe('Listening on 0.0.0.0 8080\n')
    const client = await nc('-v -N 127.0.0.1 8080')
    expect(client.err()).toBe('Connection to 127.0.0.1 8080 port [tcp/http-alt] succeeded!\n')
    expect(server.err()).toMatch(/\nConnection received on localhost \d+\n$/)
    client.child.write('to the server')
    server.child.write('to the client')
    await go()
    expect([server.out(), client.out()]).toEqual(['to the server', 'to the client'])
    client.child.end()
    await go()
    expect([await server.code(), await client.code()]).toEqual([0, 0])
  })

  it('without -N the end of input ends nothing; -q does after its time', async () => {
    const { nc, go } = lab()
    await nc('-l 8080')
    const client = await nc('127.0.0.1 8080', 'x')
    expect(await client.code()).toBe(null)
    client.child.kill()
    await nc('-l 8081')
    const quitting = await nc('-q 3 127.0.0.1 8081', 'x')
    expect(await quitting.code()).toBe(null)
    await go(3)
    expect(await quitting.code()).toBe(0)
  })

  it('-k serves one after another', async () => {
    const { nc } = lab()
    const server = await nc('-lk 8080')
    expect(await (await nc('-N 127.0.0.1 8080', 'one ')).code()).toBe(0)
    expect(await (await nc('-N 127.0.0.1 8080', 'two')).code()).toBe(0)
    expect(server.out()).toBe('one two')
    expect(await server.code()).toBe(null)
  })

  it('-z looks at a range of ports', async () => {
    const { nc } = lab()
    await nc('-lk 7002')
    const scan = await nc('-zv 127.0.0.1 7001-7003')
    expect(scan.err()).toBe(
      'nc: connect to 127.0.0.1 port 7001 (tcp) failed: Connection refused\n' +
        'Connection to 127.0.0.1 7002 port [tcp/*] succeeded!\n' +
        'nc: connect to 127.0.0.1 port 7003 (tcp) failed: Connection refused\n',
    )
    expect(await scan.code()).toBe(0)
    const refused = await nc('127.0.0.1 1')
    expect([refused.err(), await refused.code()]).toEqual(['', 1])
  })

  it('-w ends a connect that nobody answers', async () => {
    const { nc, go, host } = lab()
    const idle = host.process('idle')
    const fd = idle.socket(AF_INET, SOCK_STREAM)
    idle.bind(fd, { address: '127.0.0.1', port: 80 })
    idle.listen(fd, 0)
    expect(await (await nc('127.0.0.1 80')).code()).toBe(null)
    const late = await nc('-v -w 1 127.0.0.1 80')
    await go(2)
    expect(late.err()).toBe('nc: connect to 127.0.0.1 port 80 (tcp) timed out: Operation now in progress\n')
    expect(await late.code()).toBe(1)
  })
})

describe('UDP and Unix', () => {
  it('a UDP listener answers its first sender', async () => {
    const { nc, go } = lab()
    const server = await nc('-ulv 7003')
    expect(server.err()).toBe('Bound on 0.0.0.0 7003\n')
    const client = await nc('-u 127.0.0.1 7003')
    client.child.write('ping')
    await go()
    server.child.write('pong')
    await go()
    expect([server.out(), client.out()]).toEqual(['ping', 'pong'])
  })

  it('-U speaks over a path', async () => {
    const { nc } = lab()
    const server = await nc('-lvU /tmp/s')
    await nc('-N -U /tmp/s', 'hello')
    expect(server.err()).toBe('Bound on /tmp/s\nListening on /tmp/s\nConnection received on /tmp/s\n')
    expect([server.out(), await server.code()]).toEqual(['hello', 0])
    expect((await nc('-v -U /tmp/none')).err()).toBe('nc: /tmp/none: No such file or directory\n')
  })
})

describe('complaints', () => {
  it.each([
    ['-l', 'nc: missing port number\n'],
    ['127.0.0.1 foo', 'nc: port number invalid: foo\n'],
    ['127.0.0.1 99999', 'nc: port number too large: 99999\n'],
    ['-k 1 2', 'nc: must use -l with -k\n'],
    ['-z -l 80', 'nc: cannot use -z and -l\n'],
    ['-w x 1 1', 'nc: timeout invalid: x\n'],
    ['-n localhost 80', 'nc: getaddrinfo for host "localhost" port 80: Name or service not known\n'],
    ['-s 1.2.3.4 127.0.0.1 80', 'nc: bind failed: Cannot assign requested address\n'],
  ])('nc %s', async (args, text) => {
    const { nc } = lab()
    const child = await nc(args)
    expect([child.err(), await child.code()]).toEqual([text, 1])
  })
})
