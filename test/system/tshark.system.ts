/** Debian's tshark and tcpdump read what we encode, and agree with our dissector. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { asciiDump, describeFrame, hexDump, Sequences } from '../../src/wire/describe/index.ts'
import { dissectFrame, type Field } from '../../src/wire/dissect/index.ts'
import { allFrames, connection, damagedFrames, withCapture } from './frames.ts'

const run = (command: string, args: readonly string[]): string => {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TZ: 'UTC' } })
  if (result.error !== undefined) throw result.error
  expect(`${command} ${result.status} ${result.status === 0 ? '' : result.stderr}`).toBe(`${command} 0 `)
  return result.stdout
}

/** Ports are of no protocol; payloads must not be taken for one either, so every guess is switched off. */
const guesses = (): string[] =>
  run('tshark', ['-G', 'heuristic-decodes'])
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([under = '', , , name = '']) =>
      ['tcp', 'udp', 'eth', 'ip', 'ipv6'].includes(under) && name !== '' ? ['--disable-heuristic', name] : [],
    )

const tshark = (path: string, ...args: string[]): string =>
  run('tshark', [
    '-n',
    '-r',
    path,
    ...guesses(),
    '-o',
    'ip.check_checksum:TRUE',
    '-o',
    'tcp.check_checksum:TRUE',
    '-o',
    'udp.check_checksum:TRUE',
    '-o',
    'ip.defragment:FALSE',
    '-o',
    'ipv6.defragment:FALSE',
    '-o',
    'tcp.analyze_sequence_numbers:FALSE',
    ...args,
  ])

interface Shown {
  readonly name: string
  readonly show: string
  readonly start: number
  readonly end: number
}

/** Fields of every packet of a PDML document, in their order. */
const readPdml = (xml: string): Shown[][] =>
  xml
    .split('<packet>')
    .slice(1)
    .map((packet) =>
      [...packet.matchAll(/<(?:field|proto) ([^>]*)>/g)].map(([, attributes = '']) => {
        const get = (key: string): string => new RegExp(`(?:^| )${key}="([^"]*)"`).exec(attributes)?.[1] ?? ''
        const start = Number(get('pos'))
        return { name: get('name'), show: get('show'), start, end: start + Number(get('size')) }
      }),
    )

/** Of a transport that an ICMP error quotes tshark shows the ports and little more; we show what is there. */
const isQuoted = (name: string, above: string): boolean =>
  above.includes('icmp') &&
  (name === 'udp.payload' ||
    name === 'udp.checksum.status' ||
    (name.startsWith('tcp') && !/^tcp.(?:src|dst)port$/.test(name)))

const flatten = (fields: readonly Field[], above = ''): Field[] =>
  fields.flatMap((f) => [...(isQuoted(f.name, above) ? [] : [f]), ...flatten(f.children, `${above} ${f.name}`)])

/** As a number if both can be read so (tshark prints some in hexadecimal), as text else. */
const same = (field: Field, shown: Shown): boolean => {
  if (field.children.length > 0 && field.value === '') return true
  if (typeof field.value === 'boolean') return ['1', 'True'].includes(shown.show) === field.value
  if (typeof field.value === 'number') return Number(shown.show) === field.value
  return shown.show.replaceAll(':', '') === field.value.replaceAll(':', '')
}

/** Ours alone: tshark has no field with just the bytes of these (of ipv6, if it splits). */
const APART = new Set(['ipv6', 'ip.options', 'tcp.options', 'tcp.reset_cause', 'data.data'])

test('tshark finds every field of ours under its name, with its value and its bytes', () => {
  const frames = allFrames()
  const theirs = withCapture(frames, (path) => readPdml(tshark(path, '-T', 'pdml')))
  expect(theirs.length).toBe(frames.length)
  const differences: string[] = []
  let compared = 0
  for (const [n, frame] of frames.entries()) {
    const rest = [...(theirs[n] ?? [])]
    for (const field of flatten(dissectFrame(frame, 0, frame.length))) {
      if (APART.has(field.name)) continue
      compared++
      const at = rest.findIndex(
        (s) =>
          s.name === field.name &&
          same(field, s) &&
          (field.end === field.start || (s.start === field.start && s.end === field.end)),
      )
      if (at >= 0) rest.splice(at, 1)
      else
        differences.push(
          `frame ${n + 1}: ${field.name} = ${field.value} [${field.start}, ${field.end}); tshark: ${JSON.stringify(rest.filter((s) => s.name === field.name))}`,
        )
    }
  }
  expect(differences.slice(0, 40)).toEqual([])
  expect(compared).toBeGreaterThan(15_000)
})

test('tshark finds nothing malformed, no bad checksum and no error in them', () => {
  const text = withCapture(allFrames(), (path) =>
    tshark(
      path,
      '-Y',
      '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0',
    ),
  )
  expect(text).toBe('')
})

const tcpdump = (path: string, ...args: string[]): string[] =>
  run('tcpdump', ['-n', '-t', ...args, '-r', path])
    .split('\n')
    .slice(0, -1)

/** What tcpdump prints for each packet, which may be several lines: `--number` tells where the next one begins. */
const told = (path: string, ...args: string[]): string[] => {
  const out: string[] = []
  for (const line of tcpdump(path, '--number', ...args)) {
    const number = /^ *(\d+) {2}/.exec(line)
    if (number !== null && Number(number[1]) === out.length + 1) out.push(line.slice(number[0].length))
    else out[out.length - 1] += `\n${line}`
  }
  return out
}

/** Pairs of lines that differ: theirs, ours. */
const compare = (theirs: readonly string[], ours: readonly string[]): string[][] => {
  expect(theirs.length).toBe(ours.length)
  return theirs.map((line, i) => [line, ours[i] ?? '']).filter(([a, b]) => a !== b)
}

test.each([
  ['-S', {}],
  ['-Se', { link: true }],
  ['-Sv', { verbose: 1 }],
  ['-Svv', { verbose: 2 }],
] as const)('tcpdump %s prints the lines that we print', (flag, options) => {
  const frames = allFrames()
  const theirs = withCapture(frames, (path) => told(path, flag))
  expect(
    compare(
      theirs,
      frames.map((frame) => describeFrame(frame, 0, frame.length, options)),
    ),
  ).toEqual([])
})

test.each([
  ['-n', {}],
  ['-v', { verbose: 1 }],
] as const)('tcpdump tells a connection with relative numbers and its HTTP as we do (%s)', (flag, options) => {
  const frames = connection()
  const theirs = withCapture(frames, (path) => told(path, flag))
  const sequences = new Sequences()
  expect(
    compare(
      theirs,
      frames.map((frame) => describeFrame(frame, 0, frame.length, { ...options, sequences })),
    ),
  ).toEqual([])
})

test.each([
  ['-X', hexDump, 14],
  ['-XX', hexDump, 0],
  ['-A', asciiDump, 14],
] as const)('tcpdump %s dumps the bytes as we do', (flag, dump, from) => {
  const frames = connection()
  const text = withCapture(frames, (path) => tcpdump(path, '-S', flag)).join('\n')
  const ours = frames.map((frame) => `${describeFrame(frame, 0, frame.length)}\n${dump(frame, from)}`)
  expect(text).toBe(ours.join('\n'))
})

/** Of 400; those left are extension headers out of order, other hardware in ARP, and words for lengths that cannot be. */
const TOLD_OTHERWISE = 12

test.each([
  ['-S', 0],
  ['-Svv', 2],
] as const)('tcpdump %s tells damaged frames as we do, but for a few', (flag, verbose) => {
  const frames = damagedFrames()
  const theirs = withCapture(frames, (path) => told(path, flag))
  const ours = frames.map((frame) => describeFrame(frame, 0, frame.length, { verbose }))
  expect(compare(theirs, ours).length).toBeLessThanOrEqual(TOLD_OTHERWISE)
})

/** The unit tests hold this file of tcpdump's lines against ours, where there is no tcpdump. `SOQUETE_GOLDEN=1` writes it anew. */
test('the lines that the unit tests know are tcpdump’s', () => {
  const chosen = [...allFrames(), ...damagedFrames()].filter((_, i) => i % 7 === 0).concat(connection())
  const plain = withCapture(chosen, (path) => told(path, '-S'))
  const verbose = withCapture(chosen, (path) => told(path, '-Svv'))
  const golden = chosen
    .map((frame, i) => ({ frame: Buffer.from(frame).toString('hex'), plain: plain[i], verbose: verbose[i] }))
    .filter(
      ({ plain: line }, i) => describeFrame(chosen[i] as Uint8Array, 0, (chosen[i] as Uint8Array).length) === line,
    )
  const file = new URL('../wire/fixtures/tcpdump.json', import.meta.url)
  if (process.env['SOQUETE_GOLDEN'] === '1') writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(golden)
})
