import { describe, expect, test } from 'vitest'
import { createMachine, Session } from './machine.ts'
import { Screen } from './screen.ts'

const P = 'root@server:~# '

/** A session, and the screen after some keys. */
const start = async (columns = 80): Promise<{ s: Session; type: (keys: string) => Promise<string[]> }> => {
  const s = new Session(createMachine(), columns, 24)
  await s.type('')
  return {
    s,
    type: async (keys) => {
      await s.type(keys)
      return new Screen(columns, s.output).text.split('\n')
    },
  }
}

/** What `echo` printed of a line that was edited. */
const edited = async (keys: string): Promise<string | undefined> => {
  const { type } = await start()
  const lines = await type(`${keys}\r`)
  return lines.at(-2)
}

describe('keys', () => {
  test.each([
    ['^A ^E ^B ^F', 'bc d\x01echo a\x05e\x02\x02X', 'abc Xde'],
    ['arrows, home, end, delete', 'cho x1\x1b[He\x1b[F\x1b[D\x1b[D2\x1b[C\x1b[3~', '2x'],
    ['backspace, ^H, ^D', 'echo abxc\x7f\x08c\x02\x02\x04', 'ac'],
    ['^K ^Y', 'echo a b\x02\x02\x0b\x01\x05\x19\x19', 'a b b'],
    ['^U ^Y', 'junk\x15echo ok', 'ok'],
    ['^W joins kills', 'echo one two three\x17\x17\x19', 'one two three'],
    ['M-b M-f M-d M-DEL', 'echo one two three\x1bb\x1bb\x1bdTWO\x1bf\x1b\x7fX', 'one TWO X'],
    ['M-u M-l M-c', 'echo one TWO three\x1bb\x1bb\x1bb\x1bu\x1bl\x1bc', 'ONE two Three'],
    ['^T', 'echo ab\x02\x14', 'ba'],
    ['^_ undoes', 'echo ab\x17x\x1f\x1f', 'ab'],
    ['M-y turns the kill ring', 'echo x1\x17x2\x02\x02\x05\x17\x19\x1by', 'x1'],
    ['^V quotes', 'echo "\x16\x01" | cat -v 2>&1', '^A'],
    ['UTF-8', 'echo \u00e9\u4e2d\u6587\x7fx\x02\x02y', '\u00e9y\u4e2dx'],
    ['bracketed paste', '\x1b[200~echo pasted text\x1b[201~', 'pasted text'],
    ['unknown keys do nothing', 'echo a\x1b[24~\x1bOPb', 'ab'],
  ])('%s', async (_name, keys, result) => {
    expect(await edited(keys)).toBe(result)
  })

  test('^C leaves the line, ^D on an empty one the shell', async () => {
    const { s, type } = await start()
    expect(await type('echo half\x03')).toEqual([`${P}echo half^C`, P.trimEnd()])
    expect(await type('echo $?\r')).toContain('130')
    await type('\x04')
    expect(s.code).toBe(0)
  })

  test('^L clears the screen and keeps the line', async () => {
    const { type } = await start()
    await type('echo one\r')
    expect(await type('echo tw\x0co')).toEqual([`${P}echo two`])
  })
})

describe('wrapping', () => {
  test('a long line goes over rows, and editing at its start moves them', async () => {
    const { type } = await start(24)
    expect(await type('echo 456789012345678')).toEqual([`${P}echo 4567`, '89012345678'])
    expect(await type('\x01\x1b[C\x1b[C')).toEqual([`${P}echo 4567`, '89012345678'])
    expect(await type('XY')).toEqual([`${P}ecXYho 45`, '6789012345678'])
    expect(await type('\x7f\x7f\r')).toEqual([`${P}echo 4567`, '89012345678', '456789012345678', P.trimEnd()])
  })

  test('a full row leaves the cursor on the next one', async () => {
    const { s, type } = await start(20)
    await type('12345')
    const screen = new Screen(20, s.output)
    expect([screen.row, screen.column]).toEqual([1, 0])
    expect(await type('6\x7f\x7f\x7f')).toEqual([`${P}123`])
  })

  test('wide characters do not straddle the edge', async () => {
    const { type } = await start(20)
    expect(await type('ab\u4e2d\u6587')).toEqual([`${P}ab\u4e2d`, '\u6587'])
  })

  test('a new size of the window is seen: COLUMNS, and the line again', async () => {
    const { s, type } = await start()
    await type('echo $COL')
    s.terminal.resize(100, 30)
    expect((await type('UMNS $LINES\r')).at(-2)).toBe('100 30')
  })
})

describe('history', () => {
  test('up, down, edited lines, !, M-., M-<', async () => {
    const { type } = await start()
    await type('echo one\r')
    await type('echo two\r')
    expect((await type('new\x1b[A')).at(-1)).toBe(`${P}echo two`)
    expect((await type('\x1b[A')).at(-1)).toBe(`${P}echo one`)
    expect((await type('\x1b[B\x1b[B')).at(-1)).toBe(`${P}new`)
    expect((await type('\x15echo \x1b.')).at(-1)).toBe(`${P}echo two`)
    expect((await type('\x1b.')).at(-1)).toBe(`${P}echo one`)
    expect((await type('\x15\x1b<')).at(-1)).toBe(`${P}echo one`)
  })

  test('^R finds backwards, again, and runs; ^G gives up', async () => {
    const { type } = await start()
    await type('echo apple\r')
    await type('echo banana\r')
    await type('ls\r')
    expect((await type('\x12ec')).at(-1)).toBe("(reverse-i-search)`ec': echo banana")
    expect((await type('\x12')).at(-1)).toBe("(reverse-i-search)`ec': echo apple")
    expect((await type('\x07')).at(-1)).toBe(P.trimEnd())
    expect((await type('\x12app\r')).slice(-3)).toEqual([`${P}echo apple`, 'apple', P.trimEnd()])
    expect((await type('\x12zzz')).at(-1)).toBe("(failed reverse-i-search)`zzz':")
    expect((await type('\x03')).at(-1)).toBe(P.trimEnd())
  })

  test('history lists, -d and -c remove, and the file keeps it for the next shell', async () => {
    const { s, type } = await start()
    await type('echo one\r')
    await type('echo one\r')
    await type(' echo hidden\r')
    expect((await type('history\r')).slice(-4)).toEqual([
      `${P}history`,
      '    1  echo one',
      '    2  history',
      P.trimEnd(),
    ])
    await type('history -d 1\r')
    await type('\x04')
    expect(s.machine.kernel.init.readText('/root/.bash_history')).toBe('history\nhistory -d 1\n')
    const next = new Session(s.machine)
    await next.type('')
    await next.type('\x1b[A')
    expect(new Screen(80, next.output).text).toBe(`${P}history -d 1`)
  })
})

describe('completion', () => {
  test('commands, files, directories, variables, hosts', async () => {
    const { s, type } = await start()
    s.machine.kernel.init.mkdir('/root/docs')
    s.machine.kernel.init.writeFile('/root/docs/my file', '')
    expect((await type('unam\t')).at(-1)).toBe(`${P}uname`)
    expect((await type('\x15cat do\t')).at(-1)).toBe(`${P}cat docs/`)
    expect((await type('my\t')).at(-1)).toBe(`${P}cat docs/my\\ file`)
    expect((await type('\x15echo $HO\t')).at(-1)).toBe(`${P}echo $HO`)
    expect((await type('M\t')).at(-1)).toBe(`${P}echo $HOME`)
    expect((await type('\x15telnet localh\t8\x7f')).at(-1)).toBe(`${P}telnet localhost`)
  })

  test('what is common first, then a list; a bell when nothing fits', async () => {
    const { s, type } = await start()
    for (const name of ['alpha1', 'alpha2', 'beta']) s.machine.kernel.init.writeFile(`/root/${name}`, '')
    expect((await type('cat al\t')).at(-1)).toBe(`${P}cat alpha`)
    expect((await type('\t')).slice(-3)).toEqual([`${P}cat alpha`, 'alpha1  alpha2', `${P}cat alpha`])
    expect((await type('1\t| wc -\t')).at(-1)).toBe(`${P}cat alpha1 | wc -`)
    expect(new Screen(80, s.output).bells).toBe(1)
  })
})

describe('lines that go on', () => {
  test('PS2, and the whole in the history', async () => {
    const { type } = await start()
    expect(await type('for i in 1 2; do\recho $i\rdone\r')).toEqual([
      `${P}for i in 1 2; do`,
      '> echo $i',
      '> done',
      '1',
      '2',
      P.trimEnd(),
    ])
    expect((await type('\x1b[A')).slice(-3)).toEqual([`${P}for i in 1 2; do`, 'echo $i', 'done'])
  })

  test('a syntax error leaves the shell alive; ^C and ^D in the middle too', async () => {
    const { type } = await start()
    expect((await type('echo )\r')).slice(-2)).toEqual(["bash: syntax error near unexpected token `)'", P.trimEnd()])
    expect((await type('if true\r\x03echo $?\r')).slice(-2)).toEqual(['130', P.trimEnd()])
    expect((await type('(\r\x04')).slice(-2)).toEqual(['bash: syntax error: unexpected end of file', P.trimEnd()])
  })

  test('prompts: escapes, variables, PROMPT_COMMAND', async () => {
    const { type } = await start()
    expect((await type("PS1='\\u@\\h \\W [$?]\\$ '\r")).at(-1)).toBe('root@server ~ [0]#')
    expect((await type('cd /usr/bin; false\r')).at(-1)).toBe('root@server bin [1]#')
    expect((await type("PS1='\\[\\e[1m\\]\\w\\[\\e[0m\\]> ' PS2='. '\r")).at(-1)).toBe('/usr/bin>')
    expect((await type('echo abcdef\x01\x0b')).at(-1)).toBe('/usr/bin>')
    expect((await type("PROMPT_COMMAND='echo before'\r")).slice(-2)).toEqual(['before', '/usr/bin>'])
  })

  test('aliases, and errors without line numbers', async () => {
    const { type } = await start()
    await type("alias e='echo aliased' p='ps | head -n 1'\r")
    expect((await type('e x; true && e y\r')).slice(-3)).toEqual(['aliased x', 'aliased y', P.trimEnd()])
    expect((await type('p\r')).at(-2)).toBe('  PID TTY          TIME CMD')
    expect((await type('\\e\r')).at(-2)).toBe('bash: e: command not found')
    expect((await type('cd /nosuch\r')).at(-2)).toBe('bash: cd: /nosuch: No such file or directory')
  })
})
