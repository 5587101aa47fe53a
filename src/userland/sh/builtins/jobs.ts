/** Job control: jobs, fg, bg, wait, kill, disown. */
import { exitCodeOf, parseSignal, Signal, signalName } from '../../../host/index.ts'
import { EINTR, strerror } from '../../../wire/errno.ts'
import { signalTable } from '../../core/signal-table.ts'
import { foreground, notify, polite, reap, resume, signalJob, waitChange, waitJob } from '../jobs/control.ts'
import { type Job, jobLine, longJobLines } from '../jobs/job.ts'
import type { Shell } from '../shell.ts'
import type { Builtin } from './index.ts'
import { readOptions } from './options.ts'

/** The job that a specification names; null after a complaint. */
const findJob = async (shell: Shell, command: string, spec: string): Promise<Job | null> => {
  const job = shell.jobs.find(spec)
  if (job === 'ambiguous') {
    await shell.complain(`${command}: ${spec.replace(/^%/, '')}: ambiguous job spec`)
    return null
  }
  if (job === null) await shell.complain(`${command}: ${spec}: no such job`)
  return job
}

const currentJob = async (shell: Shell, command: string): Promise<Job | null> => {
  if (shell.jobs.current === null) await shell.complain(`${command}: current: no such job`)
  return shell.jobs.current
}

export const jobs: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'lnprs')
  if (parsed === null) return 2
  const { options, operands } = parsed
  reap(shell)
  let status = 0
  const chosen: Job[] = operands.length === 0 ? [...shell.jobs.jobs] : []
  for (const spec of operands) {
    const job = await findJob(shell, 'jobs', spec)
    if (job === null) status = 1
    else chosen.push(job)
  }
  for (const job of chosen) {
    if (job.foreground || (options.has('r') && job.state !== 'running')) continue
    if ((options.has('s') && job.state !== 'stopped') || (options.has('n') && job.isNotified)) continue
    await shell.print(listed(shell, job, options), 'jobs')
    job.isNotified = true
    if (job.state === 'done' && !job.isForeign) shell.jobs.remove(job)
  }
  return status
}

const listed = (shell: Shell, job: Job, options: ReadonlyMap<string, unknown>): string => {
  const mark = shell.jobs.mark(job)
  if (options.has('p')) return `${job.processes[0]?.pid}\n`
  return options.has('l') ? longJobLines(job, mark, polite(shell, job)) : jobLine(job, mark, polite(shell, job))
}

/** Null after `no job control`, where there is none. */
const controlled = async (shell: Shell, command: string): Promise<boolean> => {
  if (shell.isMonitoring) return true
  await shell.complain(`${command}: no job control`)
  return false
}

export const fg: Builtin = async (shell, words) => {
  if (!(await controlled(shell, 'fg'))) return 1
  const parsed = await readOptions(shell, words, '')
  if (parsed === null) return 2
  const [spec] = parsed.operands
  reap(shell)
  const job = spec === undefined ? await currentJob(shell, 'fg') : await findJob(shell, 'fg', spec)
  if (job === null) return 1
  if (job.state === 'done') {
    await shell.complain('fg: job has terminated')
    return 1
  }
  await shell.print(`${job.text}${where(shell, job)}\n`, 'fg')
  return await foreground(shell, job)
}

const where = (shell: Shell, job: Job): string => {
  const elsewhere = polite(shell, job)
  return elsewhere === '' ? '' : `  (wd: ${elsewhere})`
}

export const bg: Builtin = async (shell, words) => {
  if (!(await controlled(shell, 'bg'))) return 1
  const parsed = await readOptions(shell, words, '')
  if (parsed === null) return 2
  reap(shell)
  let status = 0
  for (const spec of parsed.operands.length === 0 ? [undefined] : parsed.operands) {
    const job = spec === undefined ? await currentJob(shell, 'bg') : await findJob(shell, 'bg', spec)
    if (job === null) {
      status = 1
      continue
    }
    if (job.state === 'done') {
      await shell.complain('bg: job has terminated')
      status = 1
      continue
    }
    if (job.state === 'running') {
      await shell.complain(`bg: job ${job.number} already in background`)
      continue
    }
    const mark = shell.jobs.mark(job)
    await shell.print(`[${job.number}]${mark} ${job.text} &${where(shell, job)}\n`, 'bg')
    job.foreground = false
    resume(shell, job)
    shell.lastBackgroundPid = job.last.pid
    shell.jobs.resetCurrent()
  }
  return status
}

export const disown: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'ar')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (operands.length === 0 && (options.has('a') || options.has('r'))) {
    for (const job of [...shell.jobs.jobs]) if (options.has('a') || job.state === 'running') shell.jobs.remove(job)
    return 0
  }
  let status = 0
  for (const spec of operands.length === 0 ? [undefined] : operands) {
    const byPid = spec !== undefined && /^\d+$/.test(spec) ? shell.jobs.ofPid(Number(spec)) : null
    const job = byPid ?? (spec === undefined ? await currentJob(shell, 'disown') : await findJob(shell, 'disown', spec))
    if (job === null) status = 1
    else shell.jobs.remove(job)
  }
  return status
}

// wait

export const wait: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'n')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (options.has('n')) return await waitNext(shell)
  if (operands.length === 0) return await waitAll(shell)
  let status = 0
  for (const operand of operands) {
    status = await waitOne(shell, operand)
    if (shell.interrupted || shell.traps.hasPending) return status
  }
  return status
}

/** What `wait` gives when a trapped signal or ^C ends it. */
const interrupted = (shell: Shell): number => 128 + (shell.traps.next ?? Signal.SIGINT)

const own = (shell: Shell): Job[] => shell.jobs.jobs.filter((job) => !job.isForeign && !job.foreground)

const waitAll = async (shell: Shell): Promise<number> => {
  for (;;) {
    reap(shell)
    const running = own(shell).find(({ state }) => state === 'running')
    if (running === undefined) break
    if ((await waitJob(shell, running, true)) === -EINTR) return interrupted(shell)
  }
  if (!shell.isInteractive) await notify(shell)
  return 0
}

/** The next job to end. */
const waitNext = async (shell: Shell): Promise<number> => {
  for (;;) {
    reap(shell)
    const jobs = own(shell)
    const ended = jobs.find((job) => job.state === 'done')
    if (ended !== undefined) {
      const code = ended.code()
      ended.isNotified = true
      shell.jobs.remove(ended)
      return code
    }
    if (!jobs.some(({ state }) => state === 'running')) return 127
    const result = await waitChange(shell)
    if (result === -EINTR && (shell.interrupted || shell.traps.hasPending)) return interrupted(shell)
  }
}

const waitOne = async (shell: Shell, operand: string): Promise<number> => {
  if (operand.startsWith('%')) {
    const job = shell.jobs.find(operand)
    if (job === null || job === 'ambiguous' || job.isForeign) {
      await shell.complain(`wait: ${operand}: no such job`)
      return 127
    }
    return await waitFor(shell, job)
  }
  if (!/^\d+$/.test(operand)) {
    await shell.complain(`wait: \`${operand}': not a pid or valid job spec`)
    return 1
  }
  const pid = Number(operand)
  const job = shell.jobs.ofPid(pid)
  if (job !== null && !job.isForeign) return await waitFor(shell, job, pid)
  const code = shell.jobs.codeOf(pid)
  if (code !== undefined) return code
  await shell.complain(`wait: pid ${pid} is not a child of this shell`)
  return 127
}

const waitFor = async (shell: Shell, job: Job, pid?: number): Promise<number> => {
  if ((await waitJob(shell, job, true)) === -EINTR) return interrupted(shell)
  const status = job.processes.find((process) => process.pid === pid)?.status
  const code = status === undefined || status === null ? job.code() : exitCodeOf(status)
  if (job.state === 'done' && !shell.isInteractive) await notify(shell)
  return code
}

// kill

export const kill: Builtin = async (shell, words) => {
  const args = words.slice(1)
  const [first] = args
  if (first === '-l' || first === '-L') return await listSignals(shell, args.slice(1))
  const parsed = await signalOf(shell, args)
  if (typeof parsed === 'number') return parsed
  const { signal, targets } = parsed
  if (targets.length === 0) return await shell.usage(killUsage)
  let status = 1
  for (const target of targets) if (await killOne(shell, target, signal)) status = 0
  // A signal to itself is there before kill(2) returns: let its handler run.
  const self = [shell.process.pid, 0, -shell.process.pgid]
  if (targets.some((target) => self.includes(Number(target))))
    await new Promise<void>((resolve) => shell.process.host.callback(resolve))
  return status
}

const killUsage = 'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]'

interface Killing {
  readonly signal: number
  readonly targets: readonly string[]
}

const signalOf = async (shell: Shell, args: readonly string[]): Promise<Killing | number> => {
  const [first = '', second] = args
  if (first === '--') return { signal: Signal.SIGTERM, targets: args.slice(1) }
  if (!/^-./.test(first)) return { signal: Signal.SIGTERM, targets: args }
  const separate = first === '-s' || first === '-n'
  const name = separate ? second : first.replace(/^-[sn](?=[A-Z0-9])/, '-').slice(1)
  if (name === undefined) {
    await shell.complain(`kill: ${first}: option requires an argument`)
    return 1
  }
  const signal = parseSignal(name)
  if (signal === null) {
    await shell.complain(`kill: ${name}: invalid signal specification`)
    return 1
  }
  const targets = args.slice(separate ? 2 : 1)
  return { signal, targets: targets[0] === '--' ? targets.slice(1) : targets }
}

const killOne = async (shell: Shell, target: string, signal: number): Promise<boolean> => {
  if (target.startsWith('%')) {
    const job = await findJob(shell, 'kill', target)
    if (job === null) return false
    const result = signalJob(shell, job, signal)
    // As bash: a stopped job that is to end has to go on for that.
    if (result === 0 && job.state === 'stopped' && (signal === Signal.SIGTERM || signal === Signal.SIGHUP))
      signalJob(shell, job, Signal.SIGCONT)
    return await told(shell, String(job.processes[0]?.pid), result)
  }
  if (!/^-?\d+$/.test(target)) {
    await shell.complain(`kill: ${target}: arguments must be process or job IDs`)
    return false
  }
  return await told(shell, target, shell.process.kill(Number(target), signal))
}

const told = async (shell: Shell, target: string, result: number): Promise<boolean> => {
  if (result < 0) await shell.complain(`kill: (${target}) - ${strerror(result)}`)
  return result >= 0
}

const listSignals = async (shell: Shell, args: readonly string[]): Promise<number> => {
  if (args.length === 0) return await shell.print(signalTable(), 'kill')
  let status = 0
  for (const arg of args) {
    // An exit code names the signal that made it.
    const number = /^\d+$/.test(arg) && Number(arg) > 128 ? Number(arg) - 128 : parseSignal(arg)
    const name = number === null ? null : signalName(number)
    if (number === null || (name === null && number !== 0)) {
      await shell.complain(`kill: ${arg}: invalid signal specification`)
      status = 1
    } else if (/^\d/.test(arg)) await shell.print(`${name?.slice(3) ?? 'EXIT'}\n`, 'kill')
    else await shell.print(`${number}\n`, 'kill')
  }
  return status
}
