/**
 * Program files as processes of a virtual host: `host.spawn('node', ['server.mjs'])`, and `node server.mjs` in its shell.
 *
 * All run in one thread and one realm. What makes each a process: its own modules (`loader/`), a `process` of its own, and a
 * gate through which its effects go out and its callbacks come in, so that after its end nothing of it is seen or heard.
 * Left out: stopping (SIGSTOP holds only what goes through the host), and ending a loop that never awaits, which nothing in
 * one thread can.
 */
import type { Host, StartOptions } from '../../host/index.ts'
import { nodeProgram, VIRTUAL_TIME } from './run.ts'
import { showDirectory } from './working-directory.ts'

/** Make `node` a program of `host`. `time` is the network's. */
export const installNode = (host: Host, time: 'virtual' | 'real'): void => {
  host.programs.register(nodeProgram(time))
  const spawn = host.spawn.bind(host)
  host.spawn = (command: string, args: readonly string[] = [], options: StartOptions = {}) => {
    if (command !== 'node') return spawn(command, args, options)
    if (time !== 'real') throw new Error(`node on host ${host.name}: ${VIRTUAL_TIME}`)
    const { cwd } = options
    const real = cwd === undefined ? null : showDirectory(host, cwd)
    return spawn(command, args, real === null ? options : { ...options, cwd: real })
  }
}
