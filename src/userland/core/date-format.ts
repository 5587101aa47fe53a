/** strftime(3) in the C locale and UTC: a virtual host's clock knows no other zone. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const two = (n: number): string => String(n).padStart(2, '0')
const DAY_MS = 86_400_000

const yearDay = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1

/** Week of the year with weeks beginning on `first` (0: Sunday, 1: Monday). */
const week = (date: Date, first: number): number =>
  Math.floor((yearDay(date) - 1 + 7 - ((date.getUTCDay() - first + 7) % 7)) / 7)

/** ISO 8601 week and its year. */
const isoWeek = (date: Date): { year: number; week: number } => {
  const thursday = new Date(date.getTime())
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7))
  return { year: thursday.getUTCFullYear(), week: Math.floor((yearDay(thursday) - 1) / 7) + 1 }
}

/** @param nanoseconds - within the second, for `%N` */
export const dateText = (date: Date, format: string, nanoseconds = date.getUTCMilliseconds() * 1e6): string =>
  format.replace(/%([-_0^]?)(:{0,3}z|[a-zA-Z%])/g, (whole, flag: string, letter: string) => {
    const value = field(date, letter, nanoseconds)
    if (value === undefined) return whole
    if (flag === '^') return value.toUpperCase()
    if (flag === '-') return value.replace(/^[0 ]+(?=\d)/, '')
    return flag === '_' ? value.replace(/^0+(?=\d)/, (zeros) => ' '.repeat(zeros.length)) : value
  })

const field = (date: Date, letter: string, nanoseconds: number): string | undefined => {
  const hour = date.getUTCHours()
  const twelve = hour % 12 === 0 ? 12 : hour % 12
  const nested = (format: string): string => dateText(date, format, nanoseconds)
  switch (letter) {
    case '%':
      return '%'
    case 'a':
      return (DAYS[date.getUTCDay()] as string).slice(0, 3)
    case 'A':
      return DAYS[date.getUTCDay()]
    case 'b':
    case 'h':
      return (MONTHS[date.getUTCMonth()] as string).slice(0, 3)
    case 'B':
      return MONTHS[date.getUTCMonth()]
    case 'c':
      return nested('%a %b %e %H:%M:%S %Y')
    case 'C':
      return two(Math.floor(date.getUTCFullYear() / 100))
    case 'd':
      return two(date.getUTCDate())
    case 'D':
    case 'x':
      return nested('%m/%d/%y')
    case 'e':
      return String(date.getUTCDate()).padStart(2)
    case 'F':
      return nested('%Y-%m-%d')
    case 'G':
      return String(isoWeek(date).year)
    case 'H':
      return two(hour)
    case 'I':
      return two(twelve)
    case 'j':
      return String(yearDay(date)).padStart(3, '0')
    case 'k':
      return String(hour).padStart(2)
    case 'l':
      return String(twelve).padStart(2)
    default:
      return field2(date, letter, nanoseconds, nested)
  }
}

const field2 = (
  date: Date,
  letter: string,
  nanoseconds: number,
  nested: (format: string) => string,
): string | undefined => {
  switch (letter) {
    case 'm':
      return two(date.getUTCMonth() + 1)
    case 'M':
      return two(date.getUTCMinutes())
    case 'n':
      return '\n'
    case 'N':
      return String(Math.floor(nanoseconds)).padStart(9, '0')
    case 'p':
      return date.getUTCHours() < 12 ? 'AM' : 'PM'
    case 'P':
      return date.getUTCHours() < 12 ? 'am' : 'pm'
    case 'r':
      return nested('%I:%M:%S %p')
    case 'R':
      return nested('%H:%M')
    case 's':
      return String(Math.floor(date.getTime() / 1000))
    case 'S':
      return two(date.getUTCSeconds())
    case 't':
      return '\t'
    case 'T':
    case 'X':
      return nested('%H:%M:%S')
    case 'u':
      return String(date.getUTCDay() || 7)
    case 'U':
      return two(week(date, 0))
    case 'V':
      return two(isoWeek(date).week)
    case 'w':
      return String(date.getUTCDay())
    case 'W':
      return two(week(date, 1))
    case 'y':
      return two(date.getUTCFullYear() % 100)
    case 'Y':
      return String(date.getUTCFullYear())
    case 'z':
      return '+0000'
    case ':z':
      return '+00:00'
    case '::z':
      return '+00:00:00'
    case 'Z':
      return 'UTC'
    default:
      return undefined
  }
}
