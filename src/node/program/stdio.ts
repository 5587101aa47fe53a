/** Standard streams of a process, each made when it is first asked for. */

import { Input } from './input.ts'
import { Output } from './output.ts'
import type { NodeProgram } from './program.ts'

export class Stdio {
  readonly #program: NodeProgram
  #stdin: Input | null = null
  #stdout: Output | null = null
  #stderr: Output | null = null

  constructor(program: NodeProgram) {
    this.#program = program
  }

  get stdin(): Input {
    return (this.#stdin ??= new Input(this.#program.process, this.#program.gate))
  }

  get stdout(): Output {
    return (this.#stdout ??= this.#output(1))
  }

  get stderr(): Output {
    return (this.#stderr ??= this.#output(2))
  }

  #output(fd: 1 | 2): Output {
    const { process, gate } = this.#program
    const output = new Output(process, fd, gate)
    if (output._type === 'tty') this.#program.whenResized(() => output.emit('resize'))
    return output
  }

  /** Text on standard error at once, whatever became of the stream. */
  complain(text: string): void {
    this.stderr.write(text)
  }

  /** The program has ended: write what slow readers have not taken, as a blocking write would have; then it is over. */
  async flush(): Promise<void> {
    this.#stdin?.restore()
    const { process } = this.#program
    for (const output of [this.#stdout, this.#stderr])
      for (const bytes of (await output?.unwritten()) ?? []) await process.promises.writeResult(output?.fd ?? 1, bytes)
  }
}
