import { describe, expect, it } from 'vitest'
import {
  FileTree,
  type Process,
  R_OK,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  W_OK,
  X_OK,
} from '../../src/host/index.ts'
import { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../src/socket/index.ts'
import { as, bytes, name, names, readAt } from './as.ts'
import { Machine } from './machine.ts'

describe('open, read, write', () => {
  it('makes, truncates, appends and refuses as the flags say', async () => {
    const result = await as(0, (p) => {
      const log: unknown[] = []
      const a = p.open('/tmp/f', O_CREAT | O_RDWR, 0o640)
      log.push(p.write(a, bytes('hello world')), p.lseek(a, 6, SEEK_SET), readAt(p, a, 100))
      const stat = p.fstat(a)
      log.push(typeof stat === 'number' ? stat : stat.mode & 0o777)
      log.push(p.open('/tmp/f', O_CREAT | O_EXCL | O_RDWR), p.open('/tmp/f', O_RDONLY | O_DIRECTORY))
      const b = p.open('/tmp/f', O_WRONLY | O_APPEND)
      log.push(p.write(b, bytes('!')), p.read(b, new Uint8Array(1)), p.readText('/tmp/f'))
      const c = p.open('/tmp/f', O_WRONLY | O_TRUNC)
      p.write(c, bytes('x'))
      log.push(p.readText('/tmp/f'), p.write(a, bytes('yz')), p.readText('/tmp/f'))
      return log
    })
    expect(names(result)).toEqual([
      11,
      6,
      'world',
      0o640,
      'EEXIST',
      'ENOTDIR',
      1,
      'EBADF',
      'hello world!',
      'x',
      2,
      `${'x'.padEnd(11, '\0')}yz`,
    ])
  })

  it('moves the offset by lseek, and not by pread and pwrite', async () => {
    const result = await as(0, (p) => {
      p.writeFile('/tmp/f', '0123456789')
      const fd = p.open('/tmp/f', O_RDWR)
      const buf = new Uint8Array(3)
      const log: unknown[] = [p.pread(fd, buf, 4), new TextDecoder().decode(buf), readAt(p, fd, 2)]
      log.push(p.lseek(fd, -3, SEEK_END), readAt(p, fd, 10), p.lseek(fd, -20, SEEK_CUR), p.lseek(fd, 5, 9))
      log.push(p.pwrite(fd, bytes('AB'), 0), p.ftruncate(fd, 4), p.readText('/tmp/f'))
      const dup = p.dup(fd)
      p.lseek(fd, 1, SEEK_SET)
      log.push(readAt(p, dup, 1))
      const [end] = p.pipe() as [number, number]
      log.push(p.lseek(end, 0, SEEK_SET))
      return log
    })
    expect(names(result)).toEqual([3, '456', '01', 7, '789', 'EINVAL', 'EINVAL', 2, 0, 'AB23', 'B', 'ESPIPE'])
  })

  it('keeps an unlinked file until its last descriptor is closed', async () => {
    const result = await as(0, (p, m) => {
      const before = m.kernel.files.space.used
      p.writeFile('/tmp/f', 'x'.repeat(1000))
      const fd = p.open('/tmp/f')
      const log = [p.unlink('/tmp/f'), p.open('/tmp/f'), readAt(p, fd, 3), p.readlink(`/proc/self/fd/${fd}`)]
      const held = m.kernel.files.space.used - before
      p.close(fd)
      return [...log, held, m.kernel.files.space.used - before]
    })
    expect(names(result)).toEqual([0, 'ENOENT', 'xxx', '/tmp/f (deleted)', 1000, 0])
  })

  it('gives EFBIG and ENOSPC at the limits, after what still fits', () => {
    const clock = { now: 0 }
    const tree = new FileTree(clock, 0, { capacity: 1000, largestFile: 600 })
    const inode = tree.newFile(0o644, 0, 0)
    const other = tree.newFile(0o644, 0, 0)
    const buf = new Uint8Array(700)
    expect(inode.content.write(0, buf, 0, 700)).toBe(600)
    expect(name(inode.content.write(600, buf, 0, 1))).toBe('EFBIG')
    expect(other.content.write(0, buf, 0, 500)).toBe(400)
    expect(name(other.content.write(400, buf, 0, 1))).toBe('ENOSPC')
    expect(name(other.content.truncate(601))).toBe('EFBIG')
    inode.content.truncate(0)
    expect(tree.space.used).toBe(400)
  })

  it('devices: null, zero, full, urandom from the seed', async () => {
    const random = (): Promise<string> =>
      as(0, (p) => {
        const buf = new Uint8Array(8)
        p.read(p.open('/dev/urandom'), buf)
        return buf.join()
      })
    const result = await as(0, (p) => {
      const zero = p.open('/dev/zero')
      const buf = Uint8Array.of(1, 2)
      p.read(zero, buf)
      return [
        p.write(p.open('/dev/null', O_RDWR), bytes('abc')),
        readAt(p, p.open('/dev/null'), 5),
        buf.join(),
        p.write(p.open('/dev/full', O_RDWR), bytes('x')),
        p.open('/dev/tty'),
      ]
    })
    expect(names(result)).toEqual([3, '', '0,0', 'ENOSPC', 'ENXIO'])
    expect(await random()).toBe(await random())
  })
})

describe('paths', () => {
  it('follow links, and give ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG', async () => {
    const result = await as(0, (p) => {
      p.mkdir('/tmp/d')
      p.writeFile('/tmp/d/f', 'x')
      p.symlink('d', '/tmp/l')
      p.symlink('loop', '/tmp/loop')
      p.symlink('nowhere', '/tmp/dangling')
      p.chdir('/tmp/l')
      return [
        p.readText('/tmp/l/f'),
        p.cwd,
        p.readText('../l/./f'),
        p.readText('/../../tmp//d///f'),
        p.readText('f/'),
        p.readText('f/x'),
        p.readText('nothing/x'),
        p.readText(''),
        p.readText('/tmp/loop'),
        p.readText('/tmp/dangling'),
        p.stat('a'.repeat(256)),
        p.stat(`/${'a/'.repeat(2100)}`),
        p.open('/tmp/loop', O_RDONLY | 0o400000),
        p.open('/tmp/dangling', O_CREAT | O_WRONLY),
        typeof p.stat('/tmp/nowhere'),
        p.open('/tmp/new/', O_CREAT | O_WRONLY),
      ]
    })
    expect(names(result)).toEqual([
      'x',
      '/tmp/d',
      'x',
      'x',
      'ENOTDIR',
      'ENOTDIR',
      'ENOENT',
      'ENOENT',
      'ELOOP',
      'ENOENT',
      'ENAMETOOLONG',
      'ENAMETOOLONG',
      'ELOOP',
      3,
      'object',
      'EISDIR',
    ])
  })

  it('lstat and readlink look at the link itself', async () => {
    const result = await as(0, (p) => {
      p.symlink('/etc/hosts', '/tmp/l')
      const type = (stat: ReturnType<Process['stat']>): number => (typeof stat === 'number' ? stat : stat.mode & S_IFMT)
      return [
        type(p.stat('/tmp/l')),
        type(p.lstat('/tmp/l')),
        type(p.stat('/tmp')),
        p.readlink('/tmp/l'),
        name(p.readlink('/tmp')),
      ]
    })
    expect(result).toEqual([S_IFREG, S_IFLNK, S_IFDIR, '/etc/hosts', 'EINVAL'])
  })

  it('a working directory that was removed has no path and finds nothing', async () => {
    const result = await as(0, (p) => {
      p.mkdir('/tmp/d')
      p.chdir('/tmp/d')
      p.rmdir('/tmp/d')
      return [p.cwd, p.open('x', O_CREAT | O_WRONLY)]
    })
    expect(names(result)).toEqual(['(unreachable)', 'ENOENT'])
  })
})

describe('names', () => {
  it('mkdir, rmdir, unlink, link, rename and their refusals', async () => {
    const result = await as(0, (p) => {
      p.mkdir('/tmp/d')
      p.writeFile('/tmp/d/f', '1')
      const log: unknown[] = [
        p.mkdir('/tmp/d'),
        p.mkdir('/tmp/x/y'),
        p.rmdir('/tmp/d'),
        p.rmdir('/tmp/d/f'),
        p.unlink('/tmp/d'),
        p.unlink('/tmp/none'),
        p.rmdir('/tmp/d/.'),
        p.rmdir('/'),
      ]
      log.push(p.link('/tmp/d/f', '/tmp/g'), p.link('/tmp/d', '/tmp/h'), p.link('/tmp/g', '/tmp/d/f'))
      const stat = p.stat('/tmp/g')
      log.push(typeof stat === 'number' ? stat : stat.nlink)
      log.push(p.rename('/tmp/d/f', '/tmp/e'), p.rename('/tmp/d', '/tmp/d/sub'), p.rename('/tmp/e', '/tmp/d'))
      p.mkdir('/tmp/full')
      p.writeFile('/tmp/full/x', '')
      log.push(p.rename('/tmp/d', '/tmp/full'), p.rename('/tmp/d', '/tmp/e'), p.rename('/tmp/none', '/tmp/e'))
      log.push(p.rename('/tmp/full', '/tmp/d'), p.readText('/tmp/d/x'), p.rename('/proc/version', '/tmp/v'))
      return log
    })
    expect(names(result)).toEqual([
      'EEXIST',
      'ENOENT',
      'ENOTEMPTY',
      'ENOTDIR',
      'EISDIR',
      'ENOENT',
      'EINVAL',
      'EBUSY',
      0,
      'EPERM',
      'EEXIST',
      2,
      0,
      'EINVAL',
      'EISDIR',
      'ENOTEMPTY',
      'ENOTDIR',
      'ENOENT',
      0,
      '',
      'EROFS',
    ])
  })

  it('readdir lists dots and names with their kinds', async () => {
    const result = await as(0, (p) => {
      p.mkdir('/tmp/d')
      p.writeFile('/tmp/d/f', '')
      p.symlink('f', '/tmp/d/l')
      const entries = p.readdir('/tmp/d')
      return [
        typeof entries === 'number' ? entries : entries.map(({ name: n, type }) => `${n}:${type}`),
        name(p.readdir('/tmp/d/f')),
      ]
    })
    expect(result).toEqual([['.:directory', '..:directory', 'f:file', 'l:symlink'], 'ENOTDIR'])
  })
})

describe('permissions', () => {
  it('of owner, group and others; root passes', async () => {
    const m = new Machine()
    m.kernel.init.writeFile('/tmp/secret', 'x')
    m.kernel.init.chmod('/tmp/secret', 0o600)
    m.kernel.init.mkdir('/tmp/closed', 0o700)
    m.kernel.init.writeFile('/tmp/closed/f', 'x')
    m.kernel.init.writeFile('/tmp/run', 'x')
    const result = await m.as(1000, (p) => [
      p.readText('/tmp/secret'),
      p.access('/tmp/secret', 0),
      p.access('/tmp/secret', R_OK),
      p.readText('/tmp/closed/f'),
      p.readdir('/tmp/closed'),
      p.writeFile('/etc/hosts', 'x'),
      p.writeFile('/etc/new', 'x'),
      p.chmod('/tmp/secret', 0o644),
      p.chown('/tmp/secret', 1000, 1000),
      p.unlink('/tmp/secret'),
      p.truncate('/tmp/secret', 0),
      p.utimes('/tmp/secret', 0, 0),
      p.setuid(0),
    ])
    expect(names(result)).toEqual([
      'EACCES',
      0,
      'EACCES',
      'EACCES',
      'EACCES',
      'EACCES',
      'EACCES',
      'EPERM',
      'EPERM',
      'EPERM',
      'EACCES',
      'EPERM',
      'EPERM',
    ])
    const root = await m.as(0, (p) => [
      p.access('/tmp/secret', R_OK | W_OK),
      p.access('/tmp/run', X_OK),
      p.access('/tmp/closed', X_OK),
      p.readText('/tmp/secret'),
    ])
    expect(names(root)).toEqual([0, 'EACCES', 0, 'x'])
  })

  it('an owner works in its home under its umask, and gives files to its groups alone', async () => {
    const m = new Machine()
    const result = await m.as(1000, (p) => {
      p.umask = 0o077
      p.writeFile('/home/user/f', 'x')
      const stat = p.stat('/home/user/f')
      return [
        typeof stat === 'number' ? stat : [stat.uid, stat.gid, stat.mode & 0o777],
        p.chown('/home/user/f', -1, 0),
        p.chown('/home/user/f', 1000, 1000),
      ]
    })
    expect(result.map(name)).toEqual([[1000, 1000, 0o600], 'EPERM', 0])
  })

  it('who makes a file may write it whatever mode it gives', async () => {
    const result = await as(1000, (p) => {
      const fd = p.open('/tmp/ro', O_CREAT | O_WRONLY, 0o444)
      return [p.write(fd, bytes('x')), p.open('/tmp/ro', O_WRONLY)]
    })
    expect(names(result)).toEqual([1, 'EACCES'])
  })
})

describe('times', () => {
  it('follow the host clock', async () => {
    const result = await as(0, async (p, m) => {
      p.writeFile('/tmp/f', 'x')
      const first = p.stat('/tmp/f')
      await p.promises.sleep(90_000)
      p.writeFile('/tmp/f', 'y')
      const second = p.stat('/tmp/f')
      p.utimes('/tmp/f', 1000, 2000)
      const third = p.stat('/tmp/f')
      if (typeof first === 'number' || typeof second === 'number' || typeof third === 'number') return []
      return [second.mtime - first.mtime, first.mtime >= m.kernel.ctx.epoch, third.atime, third.mtime]
    })
    expect(result).toEqual([90_000, true, 1000, 2000])
  })
})
