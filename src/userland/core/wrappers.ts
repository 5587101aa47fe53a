/** Programs that run another one: nohup, timeout, time. */
import { type Process, type Program, parseSignal, Signal, type WaitResult } from '../../host/index.ts'
import { O_APPEND, O_CREAT, O_WRONLY } from '../../socket/file.ts'
import { EINTR, ENOENT, strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { become } from './identity.ts'
import { complain, dieOf, usageError } from './output.ts'
import { quote, quoteName } from './quote.ts'
import { parseDuration } from './sleep.ts'

export const nohupProgram: Program = {
  name: 'nohup',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'nohup',
      short: '',
      permute: false,
      usage: ['nohup COMMAND [ARG]...'],
      does: 'Run COMMAND, ignoring hangup signals.',
      code: 125,
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'nohup', 'missing operand', 125)
    const [input, output, error] = [0, 1, 2].map((fd) => proc.terminal(fd) !== null)
    const replace = (fd: number, path: string, flags: number, mode: number): number => {
      const opened = proc.open(path, flags, mode)
      const file = proc.descriptors.get(opened)
      if (file !== null) proc.descriptors.replace(fd, file)
      if (opened >= 0) proc.close(opened)
      return opened
    }
    if (input === true) replace(0, '/dev/null', O_WRONLY, 0)
    if (output === true) {
      const opened = replace(1, 'nohup.out', O_WRONLY | O_CREAT | O_APPEND, 0o600)
      if (opened < 0) {
        await complain(proc, `nohup: failed to open 'nohup.out': ${strerror(opened)}`)
        return 125
      }
      await complain(proc, `nohup: ${input === true ? 'ignoring input and ' : ''}appending output to 'nohup.out'`)
    } else if (input === true)
      await complain(proc, `nohup: ignoring input${error === true ? ' and redirecting stderr to stdout' : ''}`)
    const out = proc.descriptors.get(1)
    if (error === true && out !== null) proc.descriptors.replace(2, out)
    proc.sigaction(Signal.SIGHUP, 'ignore')
    return await become(proc, 'nohup', args.operands, proc.env, quoteName, 'failed to run command ')
  },
}

/** waitpid that goes on after signals. */
export const waitFor = async (proc: Process, pid: number): Promise<WaitResult['status']> => {
  for (;;) {
    try {
      const result = await proc.promises.waitpid(pid)
      if (result !== null) return result.status
    } catch (error) {
      if (!(error instanceof Error) || (error as { errno?: number }).errno !== -EINTR) throw error
    }
  }
}

/** Start a program; its pid, or the exit code of what went wrong. */
const launch = async (proc: Process, name: string, words: readonly string[]): Promise<Process | number> => {
  const [command = '', ...args] = words
  const child = proc.spawn(command, args)
  if (typeof child !== 'number') return child
  await complain(proc, `${name}: failed to run command ${quote(command)}: ${strerror(child)}`)
  return child === -ENOENT ? 127 : 126
}

export const timeoutProgram: Program = {
  name: 'timeout',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'timeout',
      short: 'k:s:v',
      permute: false,
      long: {
        foreground: 'foreground',
        'kill-after': { as: 'k', argument: 'required' },
        'preserve-status': 'preserve-status',
        signal: { as: 's', argument: 'required' },
        verbose: 'v',
      },
      usage: ['timeout [OPTION] DURATION COMMAND [ARG]...'],
      does: 'Start COMMAND, and kill it if still running after DURATION.',
      code: 125,
    })
    if (typeof args === 'number') return args
    const [duration, ...words] = args.operands
    if (duration === undefined || words.length === 0) {
      await complain(proc, "Try 'timeout --help' for more information.")
      return 125
    }
    const times = [duration, args.value('k') ?? '0'].map(parseDuration)
    const wrong = times.indexOf(null)
    if (wrong >= 0)
      return await usageError(
        proc,
        'timeout',
        `invalid time interval ${quote(wrong === 0 ? duration : (args.value('k') ?? ''))}`,
        125,
      )
    const [limit = 0, grace = 0] = times as number[]
    const signal = parseSignal(args.value('s') ?? 'TERM')
    if (signal === null)
      return await usageError(proc, 'timeout', `${quote(args.value('s') ?? '')}: invalid signal`, 125)
    const child = await launch(proc, 'timeout', words)
    if (typeof child === 'number') return child
    let timedOut = false
    const send = (which: number): void => {
      timedOut = true
      child.deliver(which)
      if (which !== Signal.SIGKILL) child.deliver(Signal.SIGCONT)
    }
    // The alarm is a helper process: it sleeps beside the child, and is killed with it.
    const helper = proc.fork(async (self) => {
      if (limit === 0) return 0
      await self.promises.sleep(Math.min(limit, 1e9) * 1000)
      if (args.has('v'))
        await complain(proc, `timeout: sending signal ${signal} to command ${quote(words[0] as string)}`)
      send(signal)
      if (grace === 0) return 0
      await self.promises.sleep(grace * 1000)
      send(Signal.SIGKILL)
      return 0
    })
    for (const each of [Signal.SIGTERM, Signal.SIGINT, Signal.SIGHUP])
      proc.onSignal(each, () => void child.deliver(each))
    const status = await waitFor(proc, child.pid)
    if (typeof helper !== 'number' && helper.isAlive) helper.deliver(Signal.SIGKILL)
    const killed = status.kind === 'signaled'
    // As GNU's: who looks at this process sees SIGKILL too.
    if (timedOut && killed && status.signal === Signal.SIGKILL) return await dieOf(proc, Signal.SIGKILL)
    if (timedOut && !args.has('preserve-status')) return 124
    return killed ? 128 + status.signal : status.kind === 'exited' ? status.code : 125
  },
}

export const timeProgram: Program = {
  name: 'time',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'time',
      short: 'p',
      permute: false,
      long: { portability: 'p' },
      usage: ['time [-p] COMMAND [ARG]...'],
      does: 'Run COMMAND, then print how long it took.',
      code: 125,
    })
    if (typeof args === 'number') return args
    const [command, ...rest] = args.operands
    if (command === undefined) return await usageError(proc, 'time', 'missing program to run', 125)
    const start = proc.host.clock.now
    const child = proc.spawn(command, rest)
    if (typeof child === 'number') {
      await complain(proc, `time: cannot run ${command}: ${strerror(child)}`)
      return child === -ENOENT ? 127 : 126
    }
    const status = await waitFor(proc, child.pid)
    const seconds = (proc.host.clock.now - start) / 1e9
    const code = status.kind === 'exited' ? status.code : 'signal' in status ? 128 + status.signal : 0
    if (args.has('p')) await complain(proc, `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00`)
    else {
      if (status.kind === 'signaled') await complain(proc, `Command terminated by signal ${status.signal}`)
      else if (code !== 0) await complain(proc, `Command exited with non-zero status ${code}`)
      const whole = Math.floor(seconds / 60)
      const real = `${whole}:${(seconds - whole * 60).toFixed(2).padStart(5, '0')}`
      await complain(
        proc,
        `0.00user 0.00system ${real}elapsed 0%CPU (0avgtext+0avgdata 0maxresident)k\n0inputs+0outputs (0major+0minor)pagefaults 0swaps`,
      )
    }
    return code
  },
}
