import { describe, expect, it } from 'vitest'
import { makePipe, putFiles, SystemError, X_OK } from '../../src/host/index.ts'
import { O_RDONLY, O_WRONLY } from '../../src/socket/index.ts'
import { as, name, names } from './as.ts'
import { Machine } from './machine.ts'

describe('FIFOs', () => {
  it('opening one end waits for the other; ENXIO for a writer that will not wait', async () => {
    const result = await as(0, async (p, m) => {
      p.mkfifo('/tmp/fifo')
      const early = p.open('/tmp/fifo', O_WRONLY | 0o4000)
      p.fork(async (c) => {
        await c.promises.sleep(1000)
        const fd = await c.promises.open('/tmp/fifo', O_WRONLY)
        await c.promises.write(fd, 'through')
        return 0
      })
      const start = m.clock.now
      const fd = await p.promises.open('/tmp/fifo', O_RDONLY)
      const waited = m.clock.now - start
      const all = new TextDecoder().decode(await p.promises.readAll(fd))
      return [name(early), waited, all]
    })
    expect(result).toEqual(['ENXIO', 1e9, 'through'])
  })
})

describe('/proc', () => {
  it('shows processes and their descriptors', async () => {
    const result = await as(0, async (p) => {
      const fd = p.open('/etc/hosts')
      const [r] = p.pipe() as [number, number]
      const socket = p.socket(2, 1)
      const link = (n: number) => p.readlink(`/proc/${p.pid}/fd/${n}`)
      const list = p.readdir('/proc/self/fd')
      const status = p.readText('/proc/self/status')
      return {
        cmdline: p.readText('/proc/self/cmdline'),
        links: [link(0), link(fd), link(r), link(socket)],
        fds: typeof list === 'number' ? list : list.map((entry) => entry.name).join(' '),
        status: typeof status === 'string' && status.includes(`Pid:\t${p.pid}\n`) && status.includes('PPid:\t1\n'),
        cwd: p.readlink('/proc/self/cwd'),
        init: p.readText('/proc/1/comm'),
        none: name(p.readText('/proc/4711/comm')),
        ours: p.readText('/dev/fd/0'),
      }
    })
    expect(result).toMatchObject({
      cmdline: 'test\0',
      fds: '. .. 0 1 2 3 4 5 6',
      status: true,
      cwd: '/',
      init: 'init\n',
      none: 'ENOENT',
    })
    expect(result.links[0]).toBe('/dev/null')
    expect(result.links[1]).toBe('/etc/hosts')
    expect(result.links[2]).toMatch(/^pipe:\[\d+\]$/)
    expect(result.links[3]).toMatch(/^socket:\[\d+\]$/)
  })

  it('reads and sets sysctls by name, and refuses what Linux refuses', async () => {
    const m = new Machine()
    const result = await m.as(0, (p) => [
      p.readText('/proc/sys/kernel/hostname'),
      p.writeFile('/proc/sys/kernel/hostname', 'other\n', O_WRONLY),
      p.readText('/proc/sys/kernel/hostname'),
      p.writeFile('/proc/sys/net/unix/max_dgram_qlen', 'lots', O_WRONLY),
      p.readText('/proc/sys/net/unix/max_dgram_qlen'),
      p.readText('/proc/sys/net/ipv4/ip_local_port_range'),
      p.readText('/proc/sys/net/nothing'),
      p.writeFile('/proc/sys/kernel/ostype', 'BSD', O_WRONLY),
    ])
    expect(names(result)).toEqual(['box\n', 0, 'other\n', 'EINVAL', '10\n', '32768\t60999\n', 'ENOENT', 'EACCES'])
    expect(m.kernel.sysctl.get('net/ipv4/ip_local_port_range')).toBe('32768\t60999')
    expect(name(m.kernel.sysctl.set('no.such.thing', 1))).toBe('ENOENT')
    const denied = await m.as(1000, (p) => p.writeFile('/proc/sys/kernel/hostname', 'x', O_WRONLY))
    expect(name(denied)).toBe('EACCES')
  })

  it('has the tables of sockets in the kernel format', async () => {
    const result = await as(1000, async (p) => {
      const l = p.socket(2, 1)
      p.bind(l, { address: '127.0.0.1', port: 8080 })
      p.listen(l, 5)
      const u = p.socket(2, 2)
      p.bind(u, { address: '0.0.0.0', port: 53_000 })
      const x = p.socket(1, 1)
      p.bind(x, { family: 1, path: '\0name' })
      p.listen(x, 1)
      return [
        p.readText('/proc/net/tcp'),
        p.readText('/proc/net/udp'),
        p.readText('/proc/net/unix'),
        p.readText('/proc/net/dev'),
      ]
    })
    const [tcp, udp, unix, dev] = result as string[]
    expect(tcp?.split('\n')[0]).toBe(
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ',
    )
    expect(tcp?.split('\n')[1]).toMatch(
      /^ {3}0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 {2}1000 {8}0 \d{5} 1 0{16} 100 0 0 10 0 +$/,
    )
    expect(udp?.split('\n')[1]).toMatch(/^ {4}0: 00000000:CF08 00000000:0000 07 .* 1000 {8}0 \d{5} 2 0{16} 0 +$/)
    expect(unix).toMatch(/^0{16}: 00000002 00000000 00010000 0001 01 \d{5} @name$/m)
    expect(dev).toMatch(/^ {4}lo: {7}0 {7}0 {4}0/m)
  })
})

describe('the default tree and putFiles', () => {
  it('is that of a small Debian', async () => {
    const result = await as(0, (p) => [
      p.readText('/etc/hostname'),
      p.readlink('/bin'),
      p.readlink('/var/run'),
      String(p.readText('/etc/hosts')).startsWith('127.0.0.1\tlocalhost\n'),
      String(p.readText('/etc/services')).includes('8080/tcp'),
    ])
    expect(result).toEqual(['box\n', 'usr/bin', '/run', true, true])
  })

  it('lists registered programs in /usr/bin', async () => {
    const m = new Machine()
    m.kernel.programs.register({ name: 'echo', aliases: ['say'], main: () => 0 })
    const result = await m.as(0, (p) => {
      const entries = p.readdir('/usr/bin')
      return [typeof entries === 'number' ? entries : entries.map((one) => one.name), p.access('/bin/say', X_OK)]
    })
    expect(result).toEqual([['.', '..', 'echo', 'say'], 0])
  })

  it('makes directories on the way and names what is in the way', () => {
    const m = new Machine()
    putFiles(m.kernel.files, { '/srv/www/index.html': '<p>', '/srv/empty/': '', '/srv/run.sh': '#!/bin/sh\n' })
    expect(m.kernel.init.readText('/srv/www/index.html')).toBe('<p>')
    expect(m.kernel.init.access('/srv/run.sh', X_OK)).toBe(0)
    expect(() => putFiles(m.kernel.files, { '/etc/hosts/x': '' })).toThrow(SystemError)
    expect(() => putFiles(m.kernel.files, { '/etc': '' })).toThrow('open EISDIR /etc')
  })
})

describe('a pipe without a process', () => {
  it('is readable at its end once the writer is gone', () => {
    const [r, w] = makePipe()
    w.release()
    expect(r.read(new Uint8Array(1), 0, 1)).toBe(0)
    expect(r.poll()).toBe(0x10)
  })
})
