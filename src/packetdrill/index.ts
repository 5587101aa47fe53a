/**
 * Scripts in packetdrill's language, run against one virtual host in virtual time: system calls, segments injected, segments
 * expected, assertions over TCP_INFO. What the field writes about TCP it writes in this language.
 *
 * `syntax/` reads a script, `run/` makes it happen. The script is the host's only link: its far end is whatever the next line says.
 *
 * Left out: control messages, sendfile and splice, tunnels (mpls, gre), and a shell: a script that asks for them is refused with
 * its line.
 */
export { ScriptError } from './failure.ts'
export { type RunOptions, runScript } from './run/runner.ts'
export { IP_VERSIONS, type IpVersion, type Setup, setupOf, versionsOf } from './run/setup.ts'
export type { Script, ScriptOption } from './syntax/ast.ts'
export { parseScript } from './syntax/script.ts'
