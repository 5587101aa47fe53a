/** What virtual hosts do not have: it throws inside of one, by name, so that nothing reaches the real system by accident. */

export class NotVirtualError extends Error {
  override readonly name = 'NotVirtualError'
  readonly code = 'ERR_SOQUETE_NOT_VIRTUAL'
}

/** Throw for `what`. */
export const refuse = (what: string): never => {
  throw new NotVirtualError(`${what} is not available on a virtual host`)
}
