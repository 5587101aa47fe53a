import type { WaitStatus } from '../../../host/index.ts'
import { Job, type JobProcess } from './job.ts'

/** Ended background processes whose status `wait` can still ask for (POSIX CHILD_MAX is a floor; bash remembers 32768). */
const REMEMBERED = 4096

/** The jobs of one shell, which of them `%+` and `%-` are, and what became of background processes. */
export class JobTable {
  readonly #jobs: Job[] = []
  readonly #codes = new Map<number, number>()
  #current: Job | null = null
  #previous: Job | null = null

  /** For a subshell: it may list and signal its parent's jobs, and wait for none of them. */
  copy(): JobTable {
    const copy = new JobTable()
    for (const job of this.#jobs) {
      const twin = job.copy()
      copy.#jobs.push(twin)
      if (job === this.#current) copy.#current = twin
      if (job === this.#previous) copy.#previous = twin
    }
    return copy
  }

  get jobs(): readonly Job[] {
    return this.#jobs
  }

  get current(): Job | null {
    return this.#current
  }

  get previous(): Job | null {
    return this.#previous
  }

  mark(job: Job): string {
    return job === this.#current ? '+' : job === this.#previous ? '-' : ' '
  }

  add(processes: readonly JobProcess[], pgid: number, cwd: string, foreground: boolean): Job {
    const number = (this.#jobs.at(-1)?.number ?? 0) + 1
    const job = new Job(number, pgid, processes, cwd, foreground)
    this.#jobs.push(job)
    if (!foreground) this.resetCurrent()
    return job
  }

  remove(job: Job): void {
    const at = this.#jobs.indexOf(job)
    if (at < 0) return
    this.#jobs.splice(at, 1)
    if (!job.foreground) for (const { pid, status } of job.processes) this.#remember(pid, status)
    if (this.#previous === job) this.#previous = null
    if (this.#current === job) {
      this.#current = null
      this.resetCurrent()
    } else if (this.#current !== null && this.#previous === null) this.#setCurrent(this.#current)
  }

  #remember(pid: number, status: WaitStatus | null): void {
    const code = status?.kind === 'exited' ? status.code : status?.kind === 'signaled' ? 128 + status.signal : 0
    this.#codes.set(pid, code)
    if (this.#codes.size > REMEMBERED) this.#codes.delete(this.#codes.keys().next().value as number)
  }

  /** The exit code of a background process that has ended and whose job is no longer listed. */
  codeOf(pid: number): number | undefined {
    return this.#codes.get(pid)
  }

  forgetCode(pid: number): void {
    this.#codes.delete(pid)
  }

  /** A child changed. Its job, if that is one of ours. */
  note(pid: number, status: WaitStatus): Job | null {
    const job = this.#jobs.find((each) => each.has(pid))
    const process = job?.processes.find((each) => each.pid === pid)
    if (job === undefined || process === undefined) return null
    const before = job.state
    process.status = status.kind === 'continued' ? null : status
    const { state } = job
    if (state === before) return job
    job.isNotified = state === 'running'
    if (state === 'stopped') {
      job.foreground = false
      this.#setCurrent(job)
    } else if (state === 'done' && job === this.#current) this.resetCurrent()
    return job
  }

  /** As reset_current of bash's jobs.c: a stopped job before a running one, the newest before older ones. */
  resetCurrent(): void {
    const { jobs } = this
    const stopped = (job: Job | null): job is Job => job !== null && jobs.includes(job) && job.state === 'stopped'
    const newest = (state: Job['state']): Job | undefined => jobs.findLast((job) => job.state === state)
    const candidate = stopped(this.#current)
      ? this.#current
      : stopped(this.#previous)
        ? this.#previous
        : (newest('stopped') ?? newest('running'))
    if (candidate !== undefined) this.#setCurrent(candidate)
    else if (this.#jobs.length === 0) this.#current = this.#previous = null
  }

  #setCurrent(job: Job): void {
    const { jobs } = this
    if (this.#current !== job) {
      this.#previous = this.#current
      this.#current = job
    }
    const previous = this.#previous
    if (previous !== null && previous !== job && jobs.includes(previous) && previous.state === 'stopped') return
    const older = (state: Job['state'], before: number): Job | undefined =>
      jobs.findLast((each) => each !== job && each.number < before && each.state === state)
    const end = Number.POSITIVE_INFINITY
    this.#previous =
      (job.state === 'stopped' ? older('stopped', job.number) : undefined) ??
      older('running', job.state === 'running' ? job.number : end) ??
      null
  }

  /** `%1`, `%%`, `%+`, `%`, `%-`, `%name`, `%?text`, or without the `%`. Null: none; `ambiguous`: more than one. */
  find(spec: string): Job | null | 'ambiguous' {
    const text = spec.startsWith('%') ? spec.slice(1) : spec
    if (text === '' || text === '%' || text === '+') return this.#current
    if (text === '-') return this.#previous ?? this.#current
    if (/^\d+$/.test(text)) return this.#jobs.find((job) => job.number === Number(text)) ?? null
    const found = this.#jobs.filter((job) =>
      text.startsWith('?') ? job.text.includes(text.slice(1)) : job.text.startsWith(text),
    )
    return found.length > 1 ? 'ambiguous' : (found[0] ?? null)
  }

  ofPid(pid: number): Job | null {
    return this.#jobs.find((job) => job.has(pid)) ?? null
  }
}
