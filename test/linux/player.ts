/** Plays scripts on a virtual host: lo, and an Ethernet interface 10.0.0.1/24 to another host. */
import { type Process, Signal } from '../../src/host/index.ts'
import { Network } from '../../src/network/index.ts'
import { OptionError } from '../../src/socket/index.ts'
import { errnoName } from '../../src/wire/errno.ts'
import type { Call, Executor } from './script.ts'

const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const named = (result: number): number | string => (result < 0 ? errnoName(result) : result)

export class Player {
  readonly net: Network
  readonly #fds = new Map<string, number>()
  #process: Process

  constructor(packets: 'records' | 'bytes') {
    this.net = new Network({ seed: 5, packets })
    const host = this.net.host('a', { address: '10.0.0.1/24' })
    this.net.link(host, this.net.host('b', { address: '10.0.0.2/24' }))
    this.#process = host.process('test', { cwd: '/tmp' })
    this.#process.signals.set(Signal.SIGPIPE, 'ignore')
  }

  readonly execute: Executor = async (call) => {
    const result = this.#call(call)
    await this.net.runFor(call[0] === 'wait' ? Number(call[1]) * 1e9 : 0)
    return result
  }

  #fd(name: string | number | undefined): number {
    return name === 'bad' ? 99 : name === 'null' ? 0 : (this.#fds.get(String(name)) ?? -1)
  }

  #keep(name: string, fd: number): number | string {
    if (fd >= 0) {
      this.#fds.set(name, fd)
      this.#process.fcntl(fd, 4, 0o4000)
    }
    return named(fd)
  }

  #name(call: 'getsockname' | 'getpeername', name: string): string {
    const out = { length: 0, address: null, room: new Uint8Array(110) }
    const result = this.#process[call](this.#fd(name), out)
    return result < 0 ? errnoName(result) : hex(out.room.subarray(0, Math.min(out.length, 110)))
  }

  #call([operation, a = '', b = 0, c = 0, d = 0]: Call): string | number {
    const p = this.#process
    const fd = this.#fd(a)
    switch (operation) {
      case 'socket':
        return this.#keep(String(a), p.socket(Number(b), Number(c), Number(d)))
      case 'accept':
        return this.#keep(String(b), p.accept(fd))
      case 'bind':
        return named(p.bind(fd, unhex(String(b))))
      case 'connect':
        return named(p.connect(fd, unhex(String(b))))
      case 'listen':
        return named(p.listen(fd, Number(b)))
      case 'shutdown':
        return named(p.shutdown(fd, Number(b)))
      case 'close':
        return named(p.close(fd))
      case 'sendto':
        return named(p.sendto(fd, unhex(String(b)), Number(d), c === '' ? null : unhex(String(c))))
      case 'recv': {
        const buf = new Uint8Array(Number(b))
        const n = p.recv(fd, buf, 0, buf.length, Number(c))
        return n < 0 ? errnoName(n) : n > buf.length ? n : hex(buf.subarray(0, n))
      }
      case 'poll': {
        const entry = { fd, events: 0x2007, revents: 0 }
        p.poll([entry])
        return entry.revents
      }
      case 'name':
        return this.#name('getsockname', String(a))
      case 'peer':
        return this.#name('getpeername', String(a))
      case 'set':
        return named(p.setsockopt(fd, Number(b), Number(c), unhex(String(d))))
      case 'get': {
        const value = p.getsockopt(fd, Number(b), Number(c))
        return value instanceof OptionError ? errnoName(value.errno) : Number(value)
      }
      case 'fill':
        return this.#fill(fd)
      case 'states':
        return `${p.readText('/proc/net/tcp')}${p.readText('/proc/net/tcp6')}`
      case 'sysctl':
        return named(p.host.sysctl.set(String(a), String(b)))
      case 'uid':
        p.uid = Number(a)
        return 0
      case 'file':
        p.writeFile(String(a), '')
        return 0
      case 'unlink':
        return named(p.unlink(String(a)))
      case 'wait':
        return 0
      default:
        throw new Error(`${operation}: no such call`)
    }
  }

  /** Send until the buffer is full. */
  #fill(fd: number): number | string {
    for (;;) {
      const n = this.#process.send(fd, new Uint8Array(65_536))
      if (n < 0) return errnoName(n)
    }
  }
}
