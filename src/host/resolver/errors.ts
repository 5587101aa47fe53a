/** EAI_* of netdb.h with glibc's numbers and gai_strerror(3) texts. */
export const EAI = {
  BADFLAGS: -1,
  NONAME: -2,
  AGAIN: -3,
  FAIL: -4,
  NODATA: -5,
  FAMILY: -6,
  SOCKTYPE: -7,
  SERVICE: -8,
  MEMORY: -10,
  SYSTEM: -11,
  OVERFLOW: -12,
} as const
export type EaiName = keyof typeof EAI

const texts: Readonly<Record<EaiName, string>> = {
  BADFLAGS: 'Bad value for ai_flags',
  NONAME: 'Name or service not known',
  AGAIN: 'Temporary failure in name resolution',
  FAIL: 'Non-recoverable failure in name resolution',
  NODATA: 'No address associated with hostname',
  FAMILY: 'ai_family not supported',
  SOCKTYPE: 'ai_socktype not supported',
  SERVICE: 'Servname not supported for ai_socktype',
  MEMORY: 'Memory allocation failure',
  SYSTEM: 'System error',
  OVERFLOW: 'Argument buffer overflow',
}

/** A name that could not be resolved. `code` is `EAI_NONAME` and so on, `message` glibc's text. */
export class ResolverError extends Error {
  override readonly name = 'ResolverError'
  readonly code: `EAI_${EaiName}`
  readonly errno: number
  readonly hostname: string

  constructor(eai: EaiName, hostname: string) {
    super(texts[eai])
    this.code = `EAI_${eai}`
    this.errno = EAI[eai]
    this.hostname = hostname
  }
}
