/** The requirement tables of conformance/, the waivers and what is required, as their README describes them. */

export const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY'] as const
export type Level = (typeof LEVELS)[number]

export interface Row {
  id: string
  file: string
  rfc: string
  section: string
  level: Level
  requirement: string
  layer: string
  checked: string
}

/** One claim of what must be complete; `later` maps the ids it leaves out to the reason. */
export interface Required {
  file: string
  levels: Level[]
  ids: string
  later: Record<string, string>
}

const HEADER = ['id', 'rfc', 'section', 'level', 'requirement', 'layer', 'checked']
export const ID = /^(?:(?:MUST|SHLD|MAY|REC)-[0-9]+|[0-9]{3,4}-[A-Za-z0-9.]+(?:-[a-z]+)?|sock-[a-z]+-[0-9]+)$/

const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text)

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** Rows of one table; a malformed line throws, with its place. */
export const parseTable = (file: string, text: string): Row[] => {
  const [header, ...body] = lines(text)
  if (header !== HEADER.join('\t')) throw new Error(`${file}:1: the header is not "${HEADER.join(' ')}"`)
  return body.map((line, index) => {
    const at = `${file}:${index + 2}`
    const fields = line.split('\t')
    if (fields.length !== HEADER.length) throw new Error(`${at}: ${fields.length} fields instead of ${HEADER.length}`)
    const [id, rfc, section, level, requirement, layer, checked] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    if (!ID.test(id)) throw new Error(`${at}: "${id}" does not have the form of an id`)
    if (!isLevel(level)) throw new Error(`${at}: "${level}" is no level`)
    return { id, file, rfc, section, level, requirement, layer, checked }
  })
}

/** Rows of all tables by id, in the order of the files. An id that stands twice throws. */
export const indexRows = (tables: Row[][]): Map<string, Row> => {
  const rows = new Map<string, Row>()
  for (const row of tables.flat()) {
    const first = rows.get(row.id)
    if (first !== undefined) throw new Error(`${row.file}: the id ${row.id} is also in ${first.file}`)
    rows.set(row.id, row)
  }
  return rows
}

/** Reasons by id. */
export const parseWaivers = (file: string, text: string): Map<string, string> => {
  const [header, ...body] = lines(text)
  if (header !== 'id\treason') throw new Error(`${file}:1: the header is not "id reason"`)
  const waivers = new Map<string, string>()
  for (const [index, line] of body.entries()) {
    const [id, reason, ...rest] = line.split('\t')
    const at = `${file}:${index + 2}`
    if (id === undefined || reason === undefined || reason.trim() === '' || rest.length > 0) {
      throw new Error(`${at}: a waiver is an id, a tab and a reason`)
    }
    if (waivers.has(id)) throw new Error(`${at}: ${id} is waived twice`)
    waivers.set(id, reason)
  }
  return waivers
}

/** Rows that a claim asks for. An id in `later` that the claim would not have asked for throws: it says nothing. */
export const requiredRows = (claim: Required, rows: Iterable<Row>): Row[] => {
  const pattern = new RegExp(`^(?:${claim.ids})$`)
  const asked = [...rows].filter(
    (row) => row.file === claim.file && claim.levels.includes(row.level) && pattern.test(row.id),
  )
  const ids = new Set(asked.map((row) => row.id))
  for (const id of Object.keys(claim.later)) {
    if (!ids.has(id)) throw new Error(`${claim.file}: "later" names ${id}, which the entry does not ask for`)
  }
  return asked.filter((row) => !Object.hasOwn(claim.later, row.id))
}
