/** Terminal settings (termios(3)): the flags and control characters that this line discipline knows, as `stty -a` names them. */
export interface Termios {
  /** CR typed becomes NL. */
  icrnl: boolean
  /** NL typed becomes CR. */
  inlcr: boolean
  /** CR typed is ignored. */
  igncr: boolean
  /** Any typed character restarts stopped output; ^S and ^Q stop and restart it. */
  ixon: boolean
  ixany: boolean
  /** Output is processed at all. */
  opost: boolean
  /** NL written becomes CR NL. */
  onlcr: boolean
  /** Control characters make signals. */
  isig: boolean
  /** Lines are edited and given out whole. */
  icanon: boolean
  /** Typed characters are shown. */
  echo: boolean
  echoe: boolean
  echok: boolean
  echonl: boolean
  echoctl: boolean
  echoke: boolean
  /** ^V and ^W. */
  iexten: boolean
  noflsh: boolean
  /** Background processes that write are stopped. */
  tostop: boolean
  /** Raw reads: at least so many bytes, or until so many tenths of a second have passed. */
  vmin: number
  vtime: number
  /** Control characters, 0: none. */
  vintr: number
  vquit: number
  verase: number
  vkill: number
  veof: number
  veol: number
  vstart: number
  vstop: number
  vsusp: number
  vwerase: number
  vlnext: number
  vreprint: number
}

const control = (letter: string): number => letter.charCodeAt(0) & 31

/** What a new terminal has (Linux's tty_std_termios with the usual `stty` of a login). */
export const defaultTermios = (): Termios => ({
  icrnl: true,
  inlcr: false,
  igncr: false,
  ixon: true,
  ixany: false,
  opost: true,
  onlcr: true,
  isig: true,
  icanon: true,
  echo: true,
  echoe: true,
  echok: true,
  echonl: false,
  echoctl: true,
  echoke: true,
  iexten: true,
  noflsh: false,
  tostop: false,
  vmin: 1,
  vtime: 0,
  vintr: control('C'),
  vquit: control('\\'),
  verase: 127,
  vkill: control('U'),
  veof: control('D'),
  veol: 0,
  vstart: control('Q'),
  vstop: control('S'),
  vsusp: control('Z'),
  vwerase: control('W'),
  vlnext: control('V'),
  vreprint: control('R'),
})

/** cfmakeraw(3): every byte as it is typed, nothing shown, no signals. */
export const rawTermios = (t: Termios): Termios => ({
  ...t,
  icrnl: false,
  inlcr: false,
  igncr: false,
  ixon: false,
  opost: false,
  isig: false,
  icanon: false,
  echo: false,
  echonl: false,
  iexten: false,
  vmin: 1,
  vtime: 0,
})
