/** Which of the 65,536 ports are held, a bit each: the next free one is found a word at a time. */
export class PortMap {
  readonly #words = new Uint32Array(2048)

  set(port: number): void {
    this.#words[port >>> 5] = (this.#words[port >>> 5] as number) | (1 << (port & 31))
  }

  clear(port: number): void {
    this.#words[port >>> 5] = (this.#words[port >>> 5] as number) & ~(1 << (port & 31))
  }

  /** The first port in [from, end) that is not held and has the parity of `from`; -1: none. */
  firstFree(from: number, end: number): number {
    const parity = (from & 1) === 0 ? 0x55555555 : 0xaaaaaaaa
    let mask = parity & (-1 << (from & 31))
    for (let word = from >>> 5; word << 5 < end; word++) {
      const free = ~(this.#words[word] as number) & mask
      if (free !== 0) {
        const port = (word << 5) + 31 - Math.clz32(free & -free)
        return port < end ? port : -1
      }
      mask = parity
    }
    return -1
  }
}
