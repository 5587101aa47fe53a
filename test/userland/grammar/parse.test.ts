import { describe, expect, test } from 'vitest'
import { jobText, parse, parseLine, type SimpleCommand, wordText } from '../../../src/userland/sh/grammar/index.ts'

describe('a line at a time', () => {
  test('reads up to the newline that ends a complete list and says where to go on', () => {
    const text = '\n# remark\necho a; echo b &\nif true\nthen echo c\nfi\necho )\n'
    const first = parseLine(text)
    expect(first.ok && first.script?.items.map(({ background }) => background)).toEqual([false, true])
    const second = parseLine(text, first.ok ? first.next : undefined)
    expect(second.ok && second.script?.items[0]?.list.first.commands[0]?.kind).toBe('if')
    expect(second.ok && second.next).toEqual({ offset: text.indexOf('echo )'), line: 7 })
    const third = parseLine(text, second.ok ? second.next : undefined)
    const failure = { ok: false, incomplete: false, line: 7, sourceLine: 'echo )' }
    expect(third).toEqual({ ...failure, message: "syntax error near unexpected token `)'" })
  })

  test('the end of the text, be it after remarks, is no script', () => {
    const result = parseLine('  # nothing\n\n')
    expect(result.ok && result.script).toBeUndefined()
  })

  test.each([
    'if true\n',
    'for x in a\n',
    'case x in\n',
    'while :; do\n',
    '{ a\n',
    '( a\n',
    'f() {\n',
    'a |\n',
    'a &&\n',
    'echo "a\n',
    "echo 'a\n",
    'echo $(a\n',
    'echo ${a\n',
    'echo `a\n',
    'echo a \\\n',
    'echo a\\\n',
    'cat <<X\n',
    'cat <<X\na\n',
    'echo $((1+\n',
    "echo $'a\n",
  ])('what is typed is incomplete: %j', (text) => {
    expect(parseLine(text, undefined, false)).toMatchObject({ ok: false, incomplete: true })
  })

  test.each(['fi\n', 'echo )\n', 'a | | b\n', 'for x in a; echo\n', '`)`\n', '`"`\n'])(
    'and this is wrong: %j',
    (text) => {
      expect(parseLine(text, undefined, false)).toMatchObject({ ok: false, incomplete: false })
    },
  )

  test('nothing that someone types overflows the stack', () => {
    for (const piece of ['(', '{ ', '$(', '"$(', '${a:-', '$((', '`', 'if ', '((', '! ', 'a|', 'case x in ']) {
      expect(() => parse(piece.repeat(20_000))).not.toThrow()
    }
    expect(parse(`${'( '.repeat(300)}a${')'.repeat(300)}`)).toMatchObject({ ok: false })
  })
})

describe('here-documents', () => {
  const bodies = (text: string): string[] => {
    const parsed = parse(text)
    const commands = parsed.ok ? parsed.script.items.flatMap(({ list }) => list.first.commands) : []
    return commands
      .flatMap((command) => (command as SimpleCommand).redirections)
      .map((redirection) => ('body' in redirection ? wordText(redirection.body) : '?'))
  }

  test('several on one line are read in order', () => {
    expect(bodies('cat <<A <<B; cat <<C\na\nA\nb\nB\nc\nC\n')).toEqual(['a\n', 'b\n', 'c\n'])
  })

  test('a quoted delimiter keeps the body as it is', () => {
    expect(bodies("cat <<'A B'\n$x \\\n`y`\nA B\n")).toEqual(["'$x \\\n`y`\n'"])
  })

  test('<<- drops the tabs that lead the lines, the delimiter included', () => {
    expect(bodies('cat <<-A\n\t\ta\n\t b\n\tA\n')).toEqual(['a\n b\n'])
  })

  test('the end of a script ends one, with a warning', () => {
    const parsed = parse('cat <<EOF\nhi')
    const message = "warning: here-document at line 1 delimited by end-of-file (wanted `EOF')"
    expect(parsed).toMatchObject({ ok: true, warnings: [{ message, line: 2 }] })
  })
})

test('a job prints without its ! and its &, as bash prints jobs', () => {
  const job = (text: string): string | undefined => {
    const parsed = parse(text)
    const [item] = parsed.ok ? parsed.script.items : []
    return item === undefined ? undefined : jobText(item.list)
  }
  expect(job('python3   -m http.server 8080 &')).toBe('python3 -m http.server 8080')
  expect(job('! a | b &')).toBe('a | b')
  expect(job('! { a; } &')).toBe('! { a; }')
})
