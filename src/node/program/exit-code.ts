/** `process.exitCode`, with Node's check of what is put there. */
const check = (value: unknown): void => {
  if (value === undefined || value === null) return
  const isNumber =
    typeof value === 'number' || (typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)))
  if (!isNumber)
    throw Object.assign(new TypeError(`The "code" argument must be of type number. Received ${describe(value)}`), {
      code: 'ERR_INVALID_ARG_TYPE',
    })
  if (!Number.isInteger(Number(value)))
    throw Object.assign(
      new RangeError(`The value of "code" is out of range. It must be an integer. Received ${String(value)}`),
      { code: 'ERR_OUT_OF_RANGE' },
    )
}

const describe = (value: unknown): string =>
  typeof value === 'string' ? `type string ('${value}')` : `type ${typeof value} (${String(value)})`

export const makeExitCode = (target: object): void => {
  let code: number | string | undefined
  Object.defineProperty(target, 'exitCode', {
    configurable: true,
    enumerable: true,
    get: () => code,
    set(value: number | string | null | undefined) {
      check(value)
      code = value ?? undefined
    },
  })
}
