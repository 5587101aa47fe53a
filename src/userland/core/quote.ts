/** Names in GNU's messages: `'x'`, as a shell would need it (quoteaf), for files. */
export const quoteName = (name: string): string =>
  name.includes("'") && !name.includes('"') ? `"${name}"` : `'${name.replaceAll("'", "'\\''")}'`

/** `‘x’`, as GNU programs quote everything else in a UTF-8 locale, which is what hosts have. */
export const quote = (text: string): string => `‘${text}’`

/** A name as most coreutils show it in an error: bare, in quotes when it has what a shell would take apart. */
export const plainName = (name: string): string =>
  name === '' || /[\s'"\\$`*?[\](){}<>|&;!#~]/.test(name) ? quoteName(name) : name
