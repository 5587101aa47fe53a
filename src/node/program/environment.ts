/** `process.env`: the virtual process's environment; values become text, as the system's do. */
export const environment = (env: Record<string, string>): Record<string, string> =>
  new Proxy(env, {
    set(target, name, value) {
      if (typeof name === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string')
      target[name] = String(value)
      return true
    },
    defineProperty(target, name, descriptor) {
      if (!descriptor.configurable || !descriptor.writable || !descriptor.enumerable)
        throw Object.assign(
          new TypeError("'process.env' only accepts a configurable, writable, and enumerable data descriptor"),
          { code: 'ERR_INVALID_OBJECT_DEFINE_PROPERTY' },
        )
      target[String(name)] = String(descriptor.value)
      return true
    },
  })
