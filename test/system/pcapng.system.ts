/** Our captures in the eyes of Wireshark's own programs. Needs tshark and capinfos. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cable, Capture, Interface, PcapngWriter, readPcapng } from '../../src/link/index.ts'
import { Address, MAC_BROADCAST } from '../../src/wire/address.ts'
import { EtherType, type Packet, Protocol, TcpFlag, TcpOption } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import type { HostEvent } from '../../src/wire/telemetry.ts'
import { IP_A, IP_B, MAC_A, MAC_B, makePacket, rawFrame, tcpPacket, udpPacket } from '../support/packets.ts'
import { makeContext, runFor, runNow } from '../support/scheduler.ts'

/** PI_WARN of Wireshark's expert severities. */
const WARNING = 0x0060_0000
const EPOCH = 1_700_000_000_123

/** What B's interface sees of a bit of everything. */
const record = (): Uint8Array => {
  const a = makeContext('a')
  const b = makeContext('b', { clock: a.clock, memory: a.memory })
  const { clock, memory } = a
  const cable = new Cable(clock, { telemetry: a.telemetry })
  const left = new Interface(a, { name: 'eth0', index: 2, mac: MAC_A })
  const right = new Interface(b, { name: 'eth0', index: 2, mac: MAC_B })
  left.attach(cable.a)
  right.attach(cable.b)
  left.upper = (packet) => packet.free()
  right.upper = (packet: Packet) => {
    if (packet.protocol === Protocol.UDP) b.telemetry.drop(packet, Reason.UdpNoSocket)
    else packet.free()
  }
  const pieces: Uint8Array[] = []
  const capture = new Capture(right, clock, new PcapngWriter((piece) => pieces.push(piece)), {
    name: 'b:eth0',
    epoch: EPOCH,
  })
  right.addTap(capture)
  b.telemetry.observer = (event: HostEvent) => capture.observe(event)
  const give = (from: Interface, packet: Packet): void => {
    from.send(packet)
    runNow(clock)
    runFor(clock, 1_000_001)
  }
  const back = { srcMac: MAC_B, dstMac: MAC_A, src: IP_B, dst: IP_A, srcPort: 2000, dstPort: 1000 }
  const syn = { optionBits: TcpOption.MSS | TcpOption.WSCALE | TcpOption.SACK_PERMITTED, mss: 1460, wscale: 7 }
  give(
    left,
    makePacket(memory, {
      etherType: EtherType.ARP,
      srcMac: MAC_A,
      dstMac: MAC_BROADCAST,
      src: IP_A,
      dst: IP_B,
      icmpType: 1,
    }),
  )
  give(left, tcpPacket(memory, { ...syn, flags: TcpFlag.SYN, seq: 100, ack: 0 }))
  give(right, tcpPacket(memory, { ...back, ...syn, flags: TcpFlag.SYN | TcpFlag.ACK, seq: 500, ack: 101 }))
  give(left, tcpPacket(memory, { seq: 101, ack: 501 }))
  give(left, tcpPacket(memory, { seq: 101, ack: 501, payload: 'hello', flags: TcpFlag.ACK | TcpFlag.PSH }))
  give(left, tcpPacket(memory, { seq: 106, ack: 501, payload: 64_000 }))
  give(right, tcpPacket(memory, { ...back, seq: 501, ack: 64_106 }))
  give(left, udpPacket(memory, { payload: 'nobody' }))
  give(
    left,
    makePacket(memory, {
      etherType: EtherType.IPV4,
      srcMac: MAC_A,
      dstMac: MAC_B,
      src: IP_A,
      dst: IP_B,
      ttl: 64,
      protocol: Protocol.ICMP,
      icmpType: 8,
      icmpRest: 0x12340001,
      payload: 56,
    }),
  )
  give(
    left,
    udpPacket(memory, {
      etherType: EtherType.IPV6,
      src: Address.v6(0xfd000000 | 0, 0, 0, 1),
      dst: Address.v6(0xfd000000 | 0, 0, 0, 2),
      payload: 'six',
    }),
  )
  give(left, rawFrame(memory, Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x99, 0x99, 1, 2, 3)))
  const bytes = Uint8Array.from(pieces.flatMap((piece) => [...piece]))
  return bytes
}

describe('captures and Wireshark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pcapng-'))
  const file = join(folder, 'b.pcapng')
  const bytes = record()
  beforeAll(() => writeFileSync(file, bytes))
  afterAll(() => rmSync(folder, { recursive: true }))

  const CHECK = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`])
  const tshark = (...args: string[]): string[] =>
    execFileSync('tshark', ['-r', file, ...CHECK, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter((line) => line !== '')
  /** A row for each packet; the number in front keeps rows without any of the fields. */
  const fields = (...names: string[]): string[][] =>
    tshark('-T', 'fields', ...['frame.number', ...names].flatMap((name) => ['-e', name])).map((line) =>
      line.split('\t').slice(1),
    )

  test('tshark reads all packets, with name, time, direction and length', () => {
    const { packets } = readPcapng(bytes)
    expect(packets).toHaveLength(11)
    const rows = fields('frame.interface_name', 'frame.time_epoch', 'frame.packet_flags_direction', 'frame.len')
    const nanoseconds = (time: string): bigint => {
      const [seconds = '', fraction = ''] = time.split('.')
      return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
    }
    const instant = (text: string): bigint =>
      /^\d+\.\d+$/.test(text)
        ? nanoseconds(text)
        : nanoseconds(`${Math.floor(Date.parse(text.replace(/\.\d+/, '')) / 1000)}.${/\.(\d+)/.exec(text)?.[1] ?? '0'}`)
    expect(
      rows.map(([name, time = '', direction, length]) => [name, instant(time), Number(direction), Number(length)]),
    ).toEqual(
      packets.map((packet) => ['b:eth0', packet.time, packet.direction === 'in' ? 1 : 2, packet.originalLength]),
    )
  })

  test('nothing is malformed and no checksum is bad', () => {
    expect(tshark('-Y', '_ws.malformed')).toEqual([])
    expect(tshark('-Y', 'ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0')).toEqual([])
    expect(tshark('-Y', 'icmp.checksum.status==0')).toEqual([])
    expect(tshark('-Y', 'tcp.checksum.status==1')).toHaveLength(6)
    expect(tshark('-Y', `_ws.expert.severity >= ${WARNING}`)).toEqual([])
  })

  test('each layer is recognised', () => {
    const stacks = fields('frame.protocols').map(([stack = '']) => stack.replace('eth:ethertype:', ''))
    expect(stacks).toEqual([
      'arp',
      'ip:tcp',
      'ip:tcp',
      'ip:tcp',
      'ip:tcp:data',
      'ip:tcp:data',
      'ip:tcp',
      'ip:udp:data',
      'ip:icmp:data',
      'ipv6:udp:data',
      'data',
    ])
    expect(fields('tcp.options.mss_val', 'tcp.options.wscale.shift')[1]).toEqual(['1460', '7'])
  })

  test('drop reasons are packet comments', () => {
    const comments = fields('frame.comment').map(([comment]) => comment)
    expect(comments[7]).toBe('drop udp_no_socket: no socket is bound to this port (RFC 1122 4.1.3.1)')
    expect(comments[10]).toBe('drop unknown_ethertype: no protocol for this EtherType (RFC 1122 2.3.3)')
    expect(comments.filter((comment) => comment !== '')).toHaveLength(3)
  })

  test('capinfos sees a sound file with nanoseconds', () => {
    const report = execFileSync('capinfos', [file], { encoding: 'utf8' })
    expect(report).toMatch(/File type: +Wireshark\/... - pcapng/)
    expect(report).toMatch(/Number of packets: +11/)
    expect(report).toMatch(/File timestamp precision: +nanoseconds/)
    expect(report).toContain('Name = b:eth0')
    expect(report).toMatch(/Capture application: +soquete/)
  })
})
