/**
 * Scripts in packetdrill's language, run against one virtual host in virtual time: system calls, segments injected, segments
 * expected, assertions over TCP_INFO. What the field writes about TCP it writes in this language.
 *
 * `syntax/` reads a script, `run/` makes it happen. The script is the host's only link: its far end is whatever the next line says.
 */
export { ScriptError } from './failure.ts'
export type { Script } from './syntax/ast.ts'
export { parseScript } from './syntax/script.ts'
