import { describe, expect, test } from 'vitest'
import { SCRIPTS } from './corpus.ts'
import { answerOf, createMachine, run, sh } from './machine.ts'
import { readRecorded } from './recorded.ts'

describe('as bash answers', () => {
  const recorded = readRecorded('./recorded.json')

  test('every script has a recorded answer, and every answer a script', () => {
    expect(Object.keys(recorded).sort()).toEqual([...new Set(SCRIPTS)].sort())
  })

  test.each(SCRIPTS)('%s', async (text) => {
    expect(await answerOf(text)).toEqual(recorded[text])
  })
})

describe('invocation', () => {
  test('-c with a name and arguments, a file, standard input, -s, -e', async () => {
    const m = createMachine()
    m.kernel.init.writeFile('/root/s.sh', 'echo $0 $1 $#\nnosuch\n')
    expect(await run(m, ['sh', '-c', 'echo $0 $1 $#', 'name', 'a', 'b'])).toMatchObject({
      stdout: 'name a 2\n',
      code: 0,
    })
    expect(await run(m, ['sh', 's.sh', 'x'])).toEqual({
      stdout: 's.sh x 1\n',
      stderr: 's.sh: line 2: nosuch: command not found\n',
      code: 127,
    })
    expect(await run(m, ['bash'], 'read x\nline for read\necho "<$x>"\nexit 4\necho no\n')).toMatchObject({
      stdout: '<line for read>\n',
      code: 4,
    })
    expect(await run(m, ['bash', '-s', 'a'], 'echo $1 $-')).toMatchObject({ stdout: 'a hBs\n' })
    expect(await run(m, ['bash', '-e', '-c', 'false; echo no'])).toMatchObject({ stdout: '', code: 1 })
  })

  test('what cannot be run: its text and exit code', async () => {
    const m = createMachine()
    expect(await run(m, ['bash', 'nosuch'])).toEqual({
      stdout: '',
      stderr: 'bash: nosuch: No such file or directory\n',
      code: 127,
    })
    expect(await run(m, ['bash', '/etc'])).toMatchObject({ stderr: 'bash: /etc: Is a directory\n', code: 126 })
    expect(await run(m, ['bash', '--foo'])).toMatchObject({ code: 2 })
    expect((await run(m, ['bash', '--foo'])).stderr).toMatch(/^bash: --foo: invalid option\n/)
    expect(await run(m, ['bash', '-c'])).toMatchObject({
      stderr: 'bash: -c: option requires an argument\n',
      code: 2,
    })
  })

  test('a syntax error names the line, and what came before it has run', async () => {
    const m = createMachine()
    expect(await run(m, ['bash'], 'echo a\n\nif\nfi\n')).toEqual({
      stdout: 'a\n',
      stderr: "bash: line 4: syntax error near unexpected token `fi'\nbash: line 4: `fi'\n",
      code: 2,
    })
  })
})

describe('processes', () => {
  test('an endless loop of builtins can be stopped by a limit of time', async () => {
    const { stdout, code } = await sh(createMachine(), 'timeout 1 sh -c "while sleep 0.1; do x=1; done"; echo $?')
    expect({ stdout, code }).toEqual({ stdout: '124\n', code: 0 })
  })

  test('sleep takes the time it says, and a pipeline the longest of its parts', async () => {
    const m = createMachine()
    const { stdout } = await sh(m, 'sleep 2 | sleep 3; echo $SECONDS; sleep 1 & sleep 2 & wait; echo $SECONDS')
    expect(stdout).toBe('3\n5\n')
  })

  test('head ends what writes into it: SIGPIPE', async () => {
    const { stdout } = await sh(createMachine(), 'set -o pipefail; yes | head -n 1; echo $?')
    expect(stdout).toBe('y\n141\n')
  })

  test('descriptors of a pipeline do not leak: the reader sees the end', async () => {
    const { stdout } = await sh(createMachine(), 'echo a | cat | cat | (cat; ls /proc/self/fd)')
    expect(stdout).toBe('a\n0\n1\n2\n')
  })

  test('a killed shell leaves nothing of its script to run', async () => {
    const m = createMachine()
    const { stdout, code } = await sh(m, 'sh -c "echo in; kill -9 \\$\\$; echo no"; echo $?')
    expect({ stdout, code }).toEqual({ stdout: 'in\n137\n', code: 0 })
  })
})
