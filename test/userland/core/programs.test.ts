import { describe, expect, test } from 'vitest'
import { answerOf, createMachine, SECOND, Session, sh } from '../sh/machine.ts'
import { readRecorded } from '../sh/recorded.ts'
import { SCRIPTS } from './corpus.ts'

describe("as Debian's programs answer", () => {
  const recorded = readRecorded('../core/recorded.json')

  test('every script has a recorded answer, and every answer a script', () => {
    expect(Object.keys(recorded).sort()).toEqual([...new Set(SCRIPTS)].sort())
  })

  test.each(SCRIPTS)('%s', async (text) => {
    expect(await answerOf(text)).toEqual(recorded[text])
  })
})

describe('ps', () => {
  test('plain, -ef, aux, -o: the columns of procps', async () => {
    const s = new Session()
    await s.type('sleep 100 &\r')
    expect(await s.type('ps\r')).toContain(
      '  PID TTY          TIME CMD\r\n    2 pts/0    00:00:00 bash\r\n    3 pts/0    00:00:00 sleep\r\n',
    )
    expect(await s.type('ps -f\r')).toMatch(
      /UID {8}PID {2}PPID {2}C STIME TTY {10}TIME CMD\r\nroot {9}2 {5}1 {2}0 \d\d:\d\d pts\/0 {4}00:00:00 bash\r\n/,
    )
    expect(await s.type('ps aux\r')).toMatch(
      /USER {7}PID %CPU %MEM {4}VSZ {3}RSS TTY {6}STAT START {3}TIME COMMAND\r\nroot {9}1 {2}0.0 {2}0.0 {6}0 {5}0 \? {8}Ss {3}\d\d:\d\d {3}0:00 init\r\n/,
    )
    expect(await s.type('ps -o pid,ppid,stat,comm\r')).toMatch(
      / {2}PID {2}PPID STAT COMMAND\r\n {4}2 {5}1 Ss? {2,3}bash\r\n {4}3 {5}2 S {4}sleep\r\n/,
    )
    expect(await s.type('ps -p 3 -o args=\r')).toContain('\r\nsleep 100\r\n')
    expect(await s.type('ps -C sleep -o pid=; kill -STOP 3; ps -o state= -p 3\r')).toContain('\r\n    3\r\nT\r\n')
  })
})

describe('tail -f, stty, uptime', () => {
  test('tail -f shows what is added', async () => {
    const s = new Session()
    await s.type('echo one > log; tail -f log &\r', 1)
    expect(await s.type('echo two >> log\r', 2)).toContain('two\r\n')
    expect(await s.type('echo cut > log\r', 2)).toContain('tail: log: file truncated\r\ncut\r\n')
  })

  test('stty changes what the terminal does, and the shell keeps it', async () => {
    const s = new Session()
    expect(await s.type('stty size; stty\r')).toContain('24 80\r\nspeed 38400 baud; line = 0;\r\n')
    await s.type('stty -echo\r')
    expect(await s.type('cat\r')).not.toContain('typed')
    expect(await s.type('typed\r')).toBe('typed\r\n')
    await s.type('\x04stty sane\r')
    expect(await s.type('stty -a\r')).toContain('isig icanon iexten echo echoe echok')
    expect(await s.type('stty foo\r')).toContain("stty: invalid argument ‘foo’\r\nTry 'stty --help'")
  })

  test('uptime and date follow the clock of the network', async () => {
    const m = createMachine()
    m.clock.advance(3 * 3600 * SECOND)
    const { stdout } = await sh(m, 'uptime -p; date +%s; uptime')
    expect(stdout).toBe('up 3 hours\n1700010800\n 01:13:20 up  3:00,  0 users,  load average: 0.00, 0.00, 0.00\n')
  })
})

describe('ls on a terminal', () => {
  test('columns, quotes and colours', async () => {
    const s = new Session(undefined, 40)
    await s.type('mkdir d; touch alpha beta gamma delta "two words"; mkfifo p; ln -s d l\r')
    expect(await s.type('ls\r')).toContain(" alpha   d       gamma   p\r\n beta    delta   l      'two words'\r\n")
    expect(await s.type('ls --color=auto\r')).toContain('\x1b[01;34md\x1b[0m')
  })
})
