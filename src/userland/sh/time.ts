import type { Shell } from './shell.ts'

/** `real 0m1.500s`. A virtual host's programs take no processor time of its clock: user and sys are zero. */
export const reportTimes = async (shell: Shell, posix: boolean, start: number): Promise<void> => {
  const seconds = (shell.process.host.clock.now - start) / 1e9
  if (posix) await shell.write(2, `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00\n`)
  else await shell.write(2, `\nreal\t${minutes(seconds)}\nuser\t${minutes(0)}\nsys\t${minutes(0)}\n`)
}

/** `1m2.500s`, as bash's TIMEFORMAT has it. */
export const minutes = (seconds: number): string => {
  const whole = Math.floor(seconds / 60)
  return `${whole}m${(seconds - whole * 60).toFixed(3)}s`
}
