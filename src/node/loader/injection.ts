/** Which of the injected names a file can take: one that it declares itself is left out, found by V8's own complaint. */
import { INJECTED } from './realm.ts'

/** By file (path or URL): names that the file declares itself. The same for every process, so it is found out once. */
const declared = new Map<string, Set<string>>()

const complaint = /^Identifier '([^']+)' has already been declared/

/**
 * `compile` with as many of the injected names as the file leaves free.
 *
 * @throws what `compile` throws for any other reason
 */
export const withInjected = <T>(file: string, compile: (names: readonly string[]) => T): T => {
  for (;;) {
    const taken = declared.get(file)
    const names = taken === undefined ? INJECTED : INJECTED.filter((name) => !taken.has(name))
    try {
      return compile(names)
    } catch (error) {
      const name = error instanceof SyntaxError ? complaint.exec(error.message)?.[1] : undefined
      if (name === undefined || !names.includes(name)) throw error
      if (taken === undefined) declared.set(file, new Set([name]))
      else taken.add(name)
    }
  }
}
