/** id, env, printenv, groups. */
import type { Process, Program } from '../../host/index.ts'
import { EACCES, ENOENT, strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { complain, writeOut } from './output.ts'
import { quote } from './quote.ts'

export const idProgram: Program = {
  name: 'id',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'id',
      short: 'aGgnru',
      long: { groups: 'G', group: 'g', name: 'n', real: 'r', user: 'u' },
      usage: ['id [OPTION]... [USER]'],
      does: 'Print user and group information for the specified USER, or for the current user.',
    })
    if (typeof args === 'number') return args
    const { users } = proc.host
    const [name] = args.operands
    const user = name === undefined ? undefined : users.byName(name)
    if (name !== undefined && user === undefined) {
      await complain(proc, `id: ${quote(name)}: no such user`)
      return 1
    }
    const uid = user?.uid ?? proc.uid
    const gid = user?.gid ?? proc.gid
    const groups = [...new Set([gid, ...(user === undefined ? proc.groups : users.groupsOf(user.name))])]
    const chosen = ['u', 'g', 'G'].filter((letter) => args.has(letter))
    if (chosen.length > 1) {
      await complain(proc, 'id: cannot print "only" of more than one choice')
      return 1
    }
    const [only] = chosen
    if (only === undefined && (args.has('n') || args.has('r'))) {
      await complain(proc, 'id: cannot print only names or real IDs in default format')
      return 1
    }
    const names = args.has('n')
    const group = (id: number): string => (names ? users.groupNameOf(id) : String(id))
    if (only === 'u') return await writeOut(proc, 'id', `${names ? users.nameOf(uid) : uid}\n`)
    if (only === 'g') return await writeOut(proc, 'id', `${group(gid)}\n`)
    if (only === 'G') return await writeOut(proc, 'id', `${groups.map(group).join(' ')}\n`)
    const both = (id: number): string => `${id}(${users.groupNameOf(id)})`
    return await writeOut(
      proc,
      'id',
      `uid=${uid}(${users.nameOf(uid)}) gid=${both(gid)} groups=${groups.map(both).join(',')}\n`,
    )
  },
}

/** Take the place of this process by a program; the exit code of what went wrong (126 or 127). */
export const become = async (
  proc: Process,
  name: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  quoted: (text: string) => string = quote,
  prefix = '',
): Promise<number> => {
  const [command = '', ...args] = words
  const error = proc.exec(command, args, env)
  if (error === 0) return await new Promise<number>(() => undefined)
  await complain(proc, `${name}: ${prefix}${quoted(command)}: ${strerror(error === -ENOENT ? ENOENT : error)}`)
  return error === -ENOENT ? 127 : error === -EACCES ? 126 : 126
}

export const envProgram: Program = {
  name: 'env',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'env',
      short: '0C:iu:',
      permute: false,
      long: {
        chdir: { as: 'C', argument: 'required' },
        'ignore-environment': 'i',
        null: '0',
        unset: { as: 'u', argument: 'required' },
      },
      usage: ['env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]'],
      does: 'Set each NAME to VALUE in the environment and run COMMAND.',
      code: 125,
    })
    if (typeof args === 'number') return args
    const operands = [...args.operands]
    const env: Record<string, string> = args.has('i') || operands[0] === '-' ? {} : { ...proc.env }
    if (operands[0] === '-') operands.shift()
    for (const { name, value = '' } of args.options) if (name === 'u') delete env[value]
    for (let at = operands[0]; at?.includes('='); at = operands[0]) {
      const equals = at.indexOf('=')
      env[at.slice(0, equals)] = at.slice(equals + 1)
      operands.shift()
    }
    if (operands.length === 0) {
      const end = args.has('0') ? '\0' : '\n'
      return await writeOut(
        proc,
        'env',
        Object.entries(env)
          .map(([name, value]) => `${name}=${value}${end}`)
          .join(''),
      )
    }
    const dir = args.value('C')
    const error = dir === undefined ? 0 : proc.chdir(dir)
    if (error < 0) {
      await complain(proc, `env: cannot change directory to ${quote(dir ?? '')}: ${strerror(error)}`)
      return 125
    }
    // execvp(3) looks along the new PATH.
    return await become(proc, 'env', operands, env)
  },
}

export const printenvProgram: Program = {
  name: 'printenv',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'printenv',
      short: '0',
      permute: false,
      long: { null: '0' },
      usage: ['printenv [OPTION]... [VARIABLE]...'],
      does: 'Print the values of the specified environment VARIABLE(s).',
      code: 2,
    })
    if (typeof args === 'number') return args
    const end = args.has('0') ? '\0' : '\n'
    const { env } = proc
    if (args.operands.length === 0)
      return await writeOut(
        proc,
        'printenv',
        Object.entries(env)
          .map(([name, value]) => `${name}=${value}${end}`)
          .join(''),
      )
    const found = args.operands.map((name) => env[name])
    await writeOut(proc, 'printenv', found.map((value) => (value === undefined ? '' : value + end)).join(''))
    return found.includes(undefined) ? 1 : 0
  },
}

export const groupsProgram: Program = {
  name: 'groups',
  async main(proc) {
    const { users } = proc.host
    const names = proc.argv.slice(1)
    if (names.length === 0) {
      const ids = [...new Set([proc.gid, ...proc.groups])]
      return await writeOut(proc, 'groups', `${ids.map((id) => users.groupNameOf(id)).join(' ')}\n`)
    }
    let code = 0
    for (const name of names) {
      const user = users.byName(name)
      if (user === undefined) {
        await complain(proc, `groups: ${quote(name)}: no such user`)
        code = 1
        continue
      }
      const ids = [...new Set([user.gid, ...users.groupsOf(name)])]
      await writeOut(proc, 'groups', `${name} : ${ids.map((id) => users.groupNameOf(id)).join(' ')}\n`)
    }
    return code
  },
}
