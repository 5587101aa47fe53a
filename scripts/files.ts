import { existsSync, readdirSync } from 'node:fs'

/** Files below a folder whose name ends in `ending`, sorted, with `/` between the parts; none if there is no such folder. */
export const listFiles = (folder: string, ending: string): string[] => {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/'))
    .sort()
}
