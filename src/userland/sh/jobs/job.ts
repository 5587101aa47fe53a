import { exitCodeOf, signalText, type WaitStatus } from '../../../host/index.ts'

export interface JobProcess {
  readonly pid: number
  /** Its command, as `jobs -l` shows it. */
  readonly text: string
  /** Null while it runs. */
  status: WaitStatus | null
}

/** A pipeline (or a list in the background) and the processes that run it. */
export class Job {
  /** As in `%1`. */
  readonly number: number
  /** Its process group; 0 when it runs in the shell's own. */
  readonly pgid: number
  readonly processes: readonly JobProcess[]
  /** Where it was started: told when the shell is elsewhere. */
  readonly cwd: string
  foreground: boolean
  /** The user knows of its last change. */
  isNotified = false
  /** It belongs to the shell that this one is a copy of. */
  isForeign = false

  constructor(number: number, pgid: number, processes: readonly JobProcess[], cwd: string, foreground: boolean) {
    this.number = number
    this.pgid = pgid
    this.processes = processes
    this.cwd = cwd
    this.foreground = foreground
  }

  copy(): Job {
    const processes = this.processes.map((process) => ({ ...process }))
    const copy = new Job(this.number, this.pgid, processes, this.cwd, this.foreground)
    copy.isNotified = true
    copy.isForeign = true
    return copy
  }

  get text(): string {
    return this.processes.map(({ text }) => text).join(' | ')
  }

  get state(): 'running' | 'stopped' | 'done' {
    let stopped = false
    let live = false
    for (const { status } of this.processes) {
      if (status === null || status.kind === 'continued') live = true
      else if (status.kind === 'stopped') stopped = true
    }
    // As bash: a job is stopped when every process that is left is.
    return live ? 'running' : stopped ? 'stopped' : 'done'
  }

  get last(): JobProcess {
    return this.processes.at(-1) as JobProcess
  }

  has(pid: number): boolean {
    return this.processes.some((process) => process.pid === pid)
  }

  /** `$?`. With `pipefail` the last failure of any of its processes. */
  code(pipefail = false): number {
    const codes = this.processes.map(({ status }) => (status === null ? 0 : exitCodeOf(status)))
    return pipefail ? (codes.findLast((code) => code !== 0) ?? 0) : (codes.at(-1) ?? 0)
  }
}

/** LONGEST_SIGNAL_DESC of bash's siglist.h. */
const STATE_WIDTH = 24

/** What a status is called in a list of jobs. */
const statusName = (status: WaitStatus | null): string => {
  switch (status?.kind) {
    case 'exited':
      return status.code === 0 ? 'Done' : `Exit ${status.code}`
    case 'signaled':
    case 'stopped':
      return signalText(status.signal)
    default:
      return 'Running'
  }
}

const stateName = (job: Job, process: JobProcess, long: boolean): string => {
  if (job.state === 'stopped' && !long) return 'Stopped'
  if (job.state === 'running') return 'Running'
  return statusName(process.status)
}

const sameStatus = (a: WaitStatus | null, b: WaitStatus | null): boolean => statusName(a) === statusName(b)

/** ` &` of one that runs in the background, and where it was started if the shell is elsewhere. */
const tail = (job: Job, elsewhere: string): string => {
  const ampersand = job.state === 'running' && !job.foreground ? ' &' : ''
  return `${ampersand}${elsewhere === '' ? '' : `  (wd: ${elsewhere})`}`
}

/** `[1]+  Running                 sleep 10 | cat &`, as print_pipeline of bash's jobs.c. `mark`: `+`, `-` or a space. */
export const jobLine = (job: Job, mark: string, elsewhere: string): string => {
  const state = stateName(job, job.processes[0] as JobProcess, false)
  // The state of a pipeline that has ended is the one of its last process.
  const shown = job.state === 'done' ? statusName(job.last.status) : state
  return `[${job.number}]${mark}  ${shown.padEnd(STATE_WIDTH)}${job.text}${tail(job, elsewhere)}\n`
}

/** The same with process ids, a line for each process (`jobs -l`). */
export const longJobLines = (job: Job, mark: string, elsewhere: string): string =>
  job.processes
    .map((process, i) => {
      const before = job.processes[i - 1]
      const pid = String(process.pid).padStart(5)
      const end = i === job.processes.length - 1 ? `${tail(job, elsewhere)}\n` : '\n'
      if (before === undefined)
        return `[${job.number}]${mark} ${pid} ${stateName(job, process, true).padEnd(STATE_WIDTH)}${process.text}${end}`
      const state = sameStatus(before.status, process.status) ? '' : stateName(job, process, true)
      return `     ${pid} ${state.padEnd(STATE_WIDTH - 2)}| ${process.text}${end}`
    })
    .join('')

/** How a script hears of a job that a signal ended: `13678 Killed                  sh -c ...`. */
export const endedLine = (job: Job): string =>
  `${job.processes
    .map(({ pid, status, text }, i) => {
      const state = statusName(status)
      return i === 0
        ? `${String(pid).padStart(5)} ${state.padEnd(STATE_WIDTH)}${text}`
        : `     ${String(pid).padStart(5)} ${state.padEnd(STATE_WIDTH - 2)}| ${text}`
    })
    .join('\n')}\n`

/** The signal that ended a job, or 0. */
export const endingSignal = (job: Job): number => {
  const { status } = job.last
  return status?.kind === 'signaled' ? status.signal : 0
}
