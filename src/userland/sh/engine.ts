/** Joins the shell's parts: this is where commands that hold commands find what runs them. */
import { BUILTINS } from './builtins/index.ts'
import { runCommand } from './compound.ts'
import { runScript, runText } from './execute.ts'
import { runScriptFile } from './script.ts'
import type { Engine } from './shell.ts'

export const engine: Engine = {
  builtins: BUILTINS,
  script: runScript,
  command: (shell, command) => runCommand(shell, command),
  text: runText,
  file: runScriptFile,
}
