import { describe, expect, test } from 'vitest'
import { Session } from './machine.ts'
import { Screen } from './screen.ts'

const P = 'root@server:~# '

/** What is on the screen after these lines were typed, each given its time to act. */
const session = async (lines: readonly (readonly [keys: string, seconds?: number])[]): Promise<string> => {
  const s = new Session()
  await s.type('')
  for (const [keys, seconds] of lines) await s.type(keys, seconds ?? 0.1)
  return new Screen(80, s.output).text
}

describe('job control, as bash prints it', () => {
  test('^Z, bg, jobs, jobs -l, fg, kill %1: the transcript of the notes', async () => {
    const screen = await session([
      ['sleep 1000\r'],
      ['\x1a'],
      ['bg\r'],
      ['jobs\r'],
      ['cat\r'],
      ['\x1a'],
      ['jobs -l\r'],
      ['fg\r'],
      ['\x04'],
      ['kill %1\r'],
      ['\r'],
    ])
    expect(screen).toBe(
      [
        `${P}sleep 1000`,
        '^Z',
        '[1]+  Stopped                 sleep 1000',
        `${P}bg`,
        '[1]+ sleep 1000 &',
        `${P}jobs`,
        '[1]+  Running                 sleep 1000 &',
        `${P}cat`,
        '^Z',
        '[2]+  Stopped                 cat',
        `${P}jobs -l`,
        '[1]-     3 Running                 sleep 1000 &',
        '[2]+     4 Stopped                 cat',
        `${P}fg`,
        'cat',
        `${P}kill %1`,
        P.trimEnd(),
        '[1]+  Terminated              sleep 1000',
        P.trimEnd(),
      ].join('\n'),
    )
  })

  test('&: the number and the pid; Done and Exit before the next prompt; pipelines', async () => {
    const screen = await session([
      ['sleep 1 &\r'],
      ['sh -c "sleep 1; exit 3" &\r'],
      ['sleep 1 | cat &\r'],
      ['jobs -l\r'],
      ['\r', 2],
      ['\r'],
      ['jobs\r'],
    ])
    expect(screen).toContain(
      [
        `${P}jobs -l`,
        '[1]      3 Running                 sleep 1 &',
        '[2]-     4 Running                 sh -c "sleep 1; exit 3" &',
        '[3]+     6 Running                 sleep 1',
        '         7                       | cat &',
        P.trimEnd(),
        P.trimEnd(),
        '[1]   Done                    sleep 1',
        '[2]-  Exit 3                  sh -c "sleep 1; exit 3"',
        '[3]+  Done                    sleep 1 | cat',
        `${P}jobs`,
        P.trimEnd(),
      ].join('\n'),
    )
  })

  test('^C ends the job and the rest of the line, not the shell; $? is 130', async () => {
    const screen = await session([
      ['sleep 100; echo no\r'],
      ['\x03'],
      ['echo $?\r'],
      ['while :; do sleep 10; done\r'],
      ['\x03'],
      ['echo $?\r'],
    ])
    expect(screen).toBe(
      [
        `${P}sleep 100; echo no`,
        '^C',
        `${P}echo $?`,
        '130',
        `${P}while :; do sleep 10; done`,
        '^C',
        `${P}echo $?`,
        '130',
        P.trimEnd(),
      ].join('\n'),
    )
  })

  test('^\\ prints Quit, a killed foreground job Killed', async () => {
    expect(await session([['sleep 100\r'], ['\x1c']])).toContain('^\\Quit\n')
    expect(await session([["sh -c 'kill -9 $$'\r"]])).toContain('Killed\n')
  })

  test('a background job that reads the terminal is stopped, and told of with an empty line before it', async () => {
    const screen = await session([['cat &\r'], ['\r'], ['fg\r'], ['to cat\r'], ['\x04']])
    expect(screen).toContain(
      `\n${P.trimEnd()}\n\n[1]+  Stopped                 cat\n${P}fg\ncat\nto cat\nto cat\n${P.trimEnd()}`,
    )
  })

  test('exit with stopped jobs is answered once with a warning; then the jobs hang up with the shell', async () => {
    const s = new Session()
    await s.type('sleep 1000\r')
    await s.type('\x1a')
    expect(await s.type('exit\r')).toContain('exit\r\nThere are stopped jobs.\r\n')
    expect(await s.type('\x04')).toContain('exit\r\n')
    // The status of the `exit` that failed.
    expect(s.code).toBe(1)
    expect(s.machine.kernel.processes.list().map(({ comm }) => comm)).toEqual(['init'])
  })

  test('a command in between takes the warning back', async () => {
    const s = new Session()
    await s.type('sleep 1000\r')
    await s.type('\x1a')
    await s.type('exit\r')
    await s.type('true\r')
    expect(await s.type('exit\r')).toContain('There are stopped jobs.')
  })

  test('%%, %-, %name, %?text; ambiguous and unknown ones', async () => {
    const screen = await session([
      ['sleep 101 &\r'],
      ['sleep 102 &\r'],
      ['kill %sleep\r'],
      ['kill %?102; kill %-\r'],
      ['\r'],
      ['fg %7; bg; kill %%\r'],
    ])
    expect(screen).toContain('bash: kill: sleep: ambiguous job spec\n')
    expect(screen).toContain('[1]-  Terminated              sleep 101\n[2]+  Terminated              sleep 102\n')
    expect(screen).toContain('bash: fg: %7: no such job\nbash: bg: current: no such job\n')
  })

  test('a stopped list goes on with its next command, && does not', async () => {
    const screen = await session([
      ['sleep 100; echo next\r'],
      ['\x1a'],
      ['fg && echo after\r'],
      ['\x1a'],
      ['jobs | cat\r'],
    ])
    expect(screen).toContain('[1]+  Stopped                 sleep 100\nnext\n')
    expect(screen).not.toContain('\nafter')
    expect(screen).toContain(`${P}jobs | cat\n[1]+  Stopped                 sleep 100\n`)
  })

  test('wait can be interrupted; a subshell is one job; the directory of a job is told', async () => {
    const screen = await session([['(cd /tmp; sleep 50) &\r'], ['wait\r'], ['\x03'], ['echo $?; cd /tmp; jobs\r']])
    expect(screen).toContain('wait\n^C\n')
    expect(screen).toContain('130\n[1]+  Running                 ( cd /tmp; sleep 50 ) &  (wd: ~)\n')
  })

  test('the terminal going away ends shell and jobs', async () => {
    const s = new Session()
    await s.type('sleep 1000 &\r')
    s.machine.kernel.closeTerminal(s.terminal)
    await s.type('')
    expect(s.machine.kernel.processes.list().map(({ comm }) => comm)).toEqual(['init'])
  })

  test('modes that a stopped program left are put right; stty of one that ended well stays', async () => {
    const s = new Session()
    await s.type("sh -c 'stty raw -echo; kill -STOP $$'\r")
    await s.type('\r')
    expect(s.terminal.termios.opost).toBe(true)
    await s.type('cat\r')
    expect(s.terminal.termios).toMatchObject({ icanon: true, echo: true })
  })
})
