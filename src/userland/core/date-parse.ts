/** What `date -d` and `touch -d` understand of dates: ISO 8601, `@seconds`, clock times, `now` and `3 days ago`. */

const UNITS: Readonly<Record<string, number>> = {
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
}

/** Milliseconds since the epoch (UTC), or null for what is no date. */
export const parseDate = (text: string, now: number): number | null => {
  let rest = text.trim().toLowerCase()
  const epoch = /^@(-?\d+(?:\.\d+)?)$/.exec(rest)
  if (epoch !== null) return Number(epoch[1]) * 1000
  let time = now
  const iso =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?\s*(z|utc|gmt|[-+]\d{2}:?\d{2})?/.exec(
      rest,
    )
  if (iso !== null) {
    const [whole, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = iso
    time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
    const date = new Date(time)
    if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day) || Number(minute) > 59)
      return null
    time += Number(`0${fraction}`) * 1000 - offset(zone)
    rest = rest.slice(whole.length).trim()
  }
  const clock = /(?:^|\s)(\d{1,2}):(\d{2})(?::(\d{2}))?(?=\s|$)/.exec(rest)
  if (clock !== null) {
    const [whole, hour, minute, second = '0'] = clock
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
    const day = new Date(time)
    time = Date.UTC(
      day.getUTCFullYear(),
      day.getUTCMonth(),
      day.getUTCDate(),
      Number(hour),
      Number(minute),
      Number(second),
    )
    rest = rest.replace(whole, ' ').trim()
  }
  return relative(rest, time)
}

const offset = (zone: string | undefined): number => {
  const match = /^([-+])(\d{2}):?(\d{2})$/.exec(zone ?? '')
  if (match === null) return 0
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000
}

const relative = (text: string, from: number): number | null => {
  let rest = text
  let time = from
  while (rest !== '') {
    const word = /^(now|today|yesterday|tomorrow|midnight)\b\s*/.exec(rest)
    const amount =
      /^([-+]?\s*\d+|next|last)?\s*(sec|second|min|minute|hour|day|week|fortnight|month|year)s?\b(\s*ago\b)?\s*/.exec(
        rest,
      )
    if (word !== null) {
      if (word[1] === 'yesterday') time -= 86_400_000
      else if (word[1] === 'tomorrow') time += 86_400_000
      else if (word[1] === 'midnight') time -= time % 86_400_000
      rest = rest.slice(word[0].length)
    } else if (amount !== null) {
      const [whole, number = '1', unit = '', ago] = amount
      const count = number === 'next' ? 1 : number === 'last' ? -1 : Number(number.replaceAll(/\s/g, ''))
      time = add(time, ago === undefined ? count : -count, unit)
      rest = rest.slice(whole.length)
    } else return null
  }
  return time
}

const add = (time: number, count: number, unit: string): number => {
  const size = UNITS[unit]
  if (size !== undefined) return time + count * size
  const date = new Date(time)
  if (unit === 'month') date.setUTCMonth(date.getUTCMonth() + count)
  else date.setUTCFullYear(date.getUTCFullYear() + count)
  return date.getTime()
}
