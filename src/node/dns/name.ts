/** RFC 1035 2.3.4: labels of 1 to 63 octets, 255 in all with their lengths and the root. */
export const isName = (name: string): boolean =>
  name.length <= 254 &&
  name
    .replace(/\.$/, '')
    .split('.')
    .every((label) => label.length >= 1 && label.length <= 63)
