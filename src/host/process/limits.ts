/** Resource limits of a process (getrlimit(2)) that are enforced here. */
export interface Limit {
  readonly soft: number
  readonly hard: number
}

export type LimitName = 'NOFILE' | 'NPROC'

/** Debian's defaults. */
const defaults: Readonly<Record<LimitName, Limit>> = {
  NOFILE: { soft: 1024, hard: 1_048_576 },
  NPROC: { soft: 32_768, hard: 32_768 },
}

export class Limits {
  readonly #values: Record<LimitName, Limit>

  constructor(from?: Limits) {
    this.#values = { ...(from === undefined ? defaults : from.#values) }
  }

  get(name: LimitName): Limit {
    return this.#values[name]
  }

  set(name: LimitName, limit: Limit): void {
    this.#values[name] = limit
  }
}
