/** Ports of a page. */
const PAGE = 512

/** Something for each port, in pages that are there only where ports are held: an index is several times faster than a hash. */
export class PortArray<T> {
  readonly #pages: (Page<T> | undefined)[] = new Array<Page<T> | undefined>(65_536 / PAGE).fill(undefined)
  /** The page that was emptied last: one connection after the other needs no new one each. */
  #spare: Page<T> | undefined

  get(port: number): T | undefined {
    const page = this.#pages[port >>> 9]
    return page === undefined ? undefined : page.items[port & (PAGE - 1)]
  }

  set(port: number, item: T): void {
    const at = port >>> 9
    let page = this.#pages[at]
    if (page === undefined) {
      page = this.#spare ?? new Page()
      this.#spare = undefined
      this.#pages[at] = page
    }
    if (page.items[port & (PAGE - 1)] === undefined) page.count++
    page.items[port & (PAGE - 1)] = item
  }

  delete(port: number): void {
    const at = port >>> 9
    const page = this.#pages[at]
    if (page === undefined || page.items[port & (PAGE - 1)] === undefined) return
    page.items[port & (PAGE - 1)] = undefined
    if (--page.count > 0) return
    this.#pages[at] = undefined
    this.#spare = page
  }
}

class Page<T> {
  readonly items: (T | undefined)[] = new Array<T | undefined>(PAGE).fill(undefined)
  count = 0
}
