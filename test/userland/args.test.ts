import { describe, expect, test } from 'vitest'
import { type OptionSyntax, parseArguments } from '../../src/userland/args.ts'

const SYNTAX: OptionSyntax = {
  short: 'tlnpc:i::k:?h',
  long: {
    help: 'h',
    color: { argument: 'optional' },
    colour: { as: 'color', argument: 'optional' },
    count: { as: 'c', argument: 'required' },
    context: {},
    numeric: 'n',
  },
}

/** The options as `name` or `name=value`, a bar, the operands; or the complaint. */
function parsed(args: string, syntax: OptionSyntax = SYNTAX): string {
  const { options, operands, error } = parseArguments('prog', args === '' ? [] : args.split(' '), syntax)
  const shown = options.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`))
  return error ?? [...shown, '|', ...operands].join(' ')
}

describe('what the C library takes', () => {
  test.each([
    ['', '|'],
    ['-tlnp', 't l n p |'],
    ['-t -l x', 't l | x'],
    ['-c1', 'c=1 |'],
    ['-c 1', 'c=1 |'],
    ['-tc 1 x', 't c=1 | x'],
    ['-c -1', 'c=-1 |'],
    ['-c --', 'c=-- |'],
    ['-i4:8080', 'i=4:8080 |'],
    ['-i 4:8080', 'i | 4:8080'],
    ['-k a', 'k=a |'],
    ['-ka', 'k=a |'],
    ['-k -t', 'k t |'],
    ['-k +t', 'k | +t'],
    ['-k', 'k |'],
    ['--help', 'h |'],
    ['--hel', 'h |'],
    ['--count=3', 'c=3 |'],
    ['--count 3', 'c=3 |'],
    ['--count=', 'c= |'],
    ['--cou 3', 'c=3 |'],
    ['--color', 'color |'],
    ['--color x', 'color | x'],
    ['--color=x=y', 'color=x=y |'],
    ['--col=x', 'color=x |'],
    ['x -t y', 't | x y'],
    ['x -- -t', '| x -t'],
    ['-t -- -l', 't | -l'],
    ['- -t', 't | -'],
  ])('%s', (args, expected) => expect(parsed(args)).toBe(expected))

  test('POSIX stops at the first operand', () => {
    const syntax = { ...SYNTAX, permute: false }
    expect(parsed('-t x -l', syntax)).toBe('t | x -l')
    expect(parsed('- -l', syntax)).toBe('| - -l')
    expect(parsed('-- x', syntax)).toBe('| x')
  })

  test('a number as an option', () => {
    expect(parsed('-5 x', { short: 'n:', numeric: true })).toBe('NUM=5 | x')
    expect(parsed('-n -5', { short: 'n:', numeric: true })).toBe('n=-5 |')
    expect(parsed('-5', { short: 'n:' })).toBe("prog: invalid option -- '5'")
  })
})

describe('its complaints', () => {
  test.each([
    ['-x', "prog: invalid option -- 'x'"],
    ['-tx', "prog: invalid option -- 'x'"],
    ['-:', "prog: invalid option -- ':'"],
    ['-é', "prog: invalid option -- 'é'"],
    ['-c', "prog: option requires an argument -- 'c'"],
    ['--foo', "prog: unrecognized option '--foo'"],
    ['--foo=bar', "prog: unrecognized option '--foo=bar'"],
    ['--constructor', "prog: unrecognized option '--constructor'"],
    ['--count', "prog: option '--count' requires an argument"],
    ['--cou', "prog: option '--count' requires an argument"],
    ['--help=x', "prog: option '--help' doesn't allow an argument"],
    ['--hel=x', "prog: option '--help' doesn't allow an argument"],
    ['--co=x', "prog: option '--co=x' is ambiguous; possibilities: '--color' '--colour' '--count' '--context'"],
  ])('%s', (args, expected) => expect(parsed(args)).toBe(expected))

  test('a program without long options takes -- with letters for bad letters', () => {
    expect(parsed('--foo', { short: 't' })).toBe("prog: invalid option -- '-'")
  })

  test('what came before one is kept', () => {
    const { options, error } = parseArguments('ls', ['--help', '-x', '-t'], SYNTAX)
    expect(options).toEqual([{ name: 'h', value: undefined }])
    expect(error).toBe("ls: invalid option -- 'x'")
  })
})
