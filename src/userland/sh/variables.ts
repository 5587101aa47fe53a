import { ExpansionError } from './grammar/index.ts'

export interface Variable {
  /** Undefined: declared (`export x`, `local x`) and not set. */
  value: string | undefined
  exported: boolean
  readonly: boolean
}

/** A variable that is computed when it is read. */
export interface DynamicVariable {
  readonly get: () => string
  /** What an assignment does; absent: it is lost, as bash's is to `SECONDS`'s kin. */
  readonly set?: (value: string) => void
}

/** A shell's variables: one global table, and one for each running function that has locals (bash's dynamic scope). */
export class Variables {
  readonly #scopes: Map<string, Variable>[]
  readonly #dynamic = new Map<string, DynamicVariable>()
  /** Told of each assignment: `PATH` empties the hash table, `PS1` needs nobody. */
  onSet: (name: string) => void = () => undefined

  constructor(scopes: readonly ReadonlyMap<string, Variable>[] = [new Map()]) {
    this.#scopes = scopes.map((scope) => new Map([...scope].map(([name, variable]) => [name, { ...variable }])))
  }

  /** For a subshell. Dynamic variables are defined anew by who makes it. */
  copy(): Variables {
    return new Variables(this.#scopes)
  }

  define(name: string, dynamic: DynamicVariable): void {
    this.#dynamic.set(name, dynamic)
  }

  find(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]?.get(name)
      if (variable !== undefined) return variable
    }
    return undefined
  }

  get(name: string): string | undefined {
    const variable = this.find(name)
    if (variable !== undefined) return variable.value
    return this.#dynamic.get(name)?.get()
  }

  /** @throws ExpansionError `x: readonly variable` */
  set(name: string, value: string): Variable {
    const dynamic = this.#dynamic.get(name)
    if (dynamic !== undefined && this.find(name) === undefined) {
      if (dynamic.set !== undefined) {
        dynamic.set(value)
        return { value, exported: false, readonly: false }
      }
    }
    const variable = this.find(name) ?? this.#add(this.#scopes[0] as Map<string, Variable>, name)
    if (variable.readonly) throw new ExpansionError(`${name}: readonly variable`)
    variable.value = value
    this.onSet(name)
    return variable
  }

  #add(scope: Map<string, Variable>, name: string): Variable {
    const variable: Variable = { value: undefined, exported: false, readonly: false }
    scope.set(name, variable)
    return variable
  }

  /** The variable, declared when there is none. */
  declare(name: string): Variable {
    return this.find(name) ?? this.#add(this.#scopes[0] as Map<string, Variable>, name)
  }

  /** A local variable of the running function. An exported outer one stays exported. */
  declareLocal(name: string): Variable {
    const scope = this.#scopes.at(-1) as Map<string, Variable>
    const outer = this.find(name)
    if (outer?.readonly === true) throw new ExpansionError(`${name}: readonly variable`)
    const own = scope.get(name)
    if (own !== undefined) return own
    const variable = this.#add(scope, name)
    variable.exported = outer?.exported ?? false
    return variable
  }

  /** @throws ExpansionError `x: cannot unset: readonly variable` */
  unset(name: string): boolean {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i] as Map<string, Variable>
      const variable = scope.get(name)
      if (variable === undefined) continue
      if (variable.readonly) throw new ExpansionError(`${name}: cannot unset: readonly variable`)
      // A local one hides what is outside until its function returns.
      if (i > 0) variable.value = undefined
      else scope.delete(name)
      this.onSet(name)
      return true
    }
    return this.#dynamic.delete(name)
  }

  push(): void {
    this.#scopes.push(new Map())
  }

  pop(): void {
    if (this.#scopes.length > 1) this.#scopes.pop()
  }

  /** Put a variable back as it was (after `x=1 command`). */
  restore(name: string, old: Variable | undefined): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i] as Map<string, Variable>
      if (i > 0 && !scope.has(name)) continue
      if (old === undefined) scope.delete(name)
      else scope.set(name, old)
      this.onSet(name)
      return
    }
  }

  /** All that are visible, sorted by name. */
  list(): [name: string, variable: Variable][] {
    const all = new Map<string, Variable>()
    for (const scope of this.#scopes) for (const [name, variable] of scope) all.set(name, variable)
    return [...all].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }

  /** What a child gets. */
  environment(): Record<string, string> {
    const env: Record<string, string> = {}
    for (const [name, { value, exported }] of this.list()) if (exported && value !== undefined) env[name] = value
    return env
  }
}
