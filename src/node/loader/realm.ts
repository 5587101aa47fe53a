/** What the modules of one process see instead of Node's own: the border between the loader and the program it loads for. */
export interface Realm {
  /** Exports of a built-in by its name without `node:`. */
  builtin(id: string): unknown
  /** Values of the injected names (`INJECTED`). */
  readonly globals: Readonly<Record<string, unknown>>
  /** `module` of the main CommonJS module is known: `process.mainModule`. */
  setMain(module: object): void
  /** An `import()` is under way until the promise settles. */
  importing<T>(load: () => Promise<T>): Promise<T>
}

/**
 * Names that every module of a process is given in its own scope, because the global ones belong to the whole of Node. Only
 * names that nobody assigns to: an import cannot be.
 */
export const INJECTED: readonly string[] = [
  'process',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'crypto',
  'WebAssembly',
]
