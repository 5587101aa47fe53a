import { signalName } from '../../host/index.ts'

/** Without the real-time signals, which do not exist here. */
const SIGNAL_MAX = 31

/** `kill -l` of bash: five a line. Real-time signals do not exist here. */
export const signalTable = (): string => {
  let text = ''
  for (let signal = 1; signal <= SIGNAL_MAX; signal++) {
    const entry = `${String(signal).padStart(2)}) ${signalName(signal) ?? ''}`
    text += `${entry}${signal % 5 === 0 || signal === SIGNAL_MAX ? '\n' : '\t'}`
  }
  return text
}
