/** Dates of HTTP (RFC 9110 5.6.7) and of the server's log. A virtual host's clock knows UTC alone. */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (n: number): string => String(n).padStart(2, '0')

const clockText = (date: Date): string =>
  `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`

/** IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. Milliseconds since the epoch. */
export const httpDate = (time: number): string => {
  const date = new Date(time)
  const day = `${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCFullYear()).padStart(4, '0')}`
  return `${DAYS[date.getUTCDay()]}, ${day} ${clockText(date)} GMT`
}

/** `22/Nov/2026 09:03:12`, as Python's server logs. */
export const logDate = (time: number): string => {
  const date = new Date(time)
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()} ${clockText(date)}`
}

const FIXDATE = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\d\d) (\w{3}) (\d{4}) (\d\d:\d\d:\d\d) GMT$/
const RFC850 =
  /^(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday), (\d\d)-(\w{3})-(\d\d) (\d\d:\d\d:\d\d) GMT$/
const ASCTIME = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) (\w{3}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/

/** Any of the three formats as milliseconds since the epoch, or null. `now` tells the century of two-digit years. */
export const parseHttpDate = (text: string, now: number): number | null => {
  const fix = FIXDATE.exec(text)
  if (fix !== null) return timeOf(Number(fix[3]), fix[2], Number(fix[1]), fix[4])
  const old = RFC850.exec(text)
  if (old !== null) {
    const thisYear = new Date(now).getUTCFullYear()
    let year = thisYear - (thisYear % 100) + Number(old[3])
    // RFC 9110 5.6.7: more than 50 years in the future is the past.
    if (year > thisYear + 50) year -= 100
    return timeOf(year, old[2], Number(old[1]), old[4])
  }
  const asctime = ASCTIME.exec(text)
  return asctime === null ? null : timeOf(Number(asctime[4]), asctime[1], Number(asctime[2]), asctime[3])
}

const timeOf = (year: number, monthName: string | undefined, day: number, clock: string | undefined): number | null => {
  const month = MONTHS.indexOf(monthName ?? '')
  const [hours = 99, minutes = 99, seconds = 99] = (clock ?? '').split(':').map(Number)
  if (month < 0 || day < 1 || hours > 23 || minutes > 59 || seconds > 60) return null
  const time = Date.UTC(year, month, day, hours, minutes, seconds)
  return new Date(Date.UTC(year, month, day)).getUTCDate() === day ? time : null
}
