/** Free objects of one class, kept up to a limit. */
export class Pool<T> {
  readonly #free: T[] = []
  readonly #make: () => T
  readonly #limit: number

  constructor(make: () => T, limit: number) {
    this.#make = make
    this.#limit = limit
  }

  take(): T {
    return this.#free.pop() ?? this.#make()
  }

  /** `item` is blank again and nobody refers to it. */
  give(item: T): void {
    if (this.#free.length < this.#limit) this.#free.push(item)
  }
}
