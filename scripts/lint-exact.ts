/** `npm run lint`, last part: prints each place of src that breaks a rule of `lint/exact.ts`, and fails if there is one. */
import { readFileSync } from 'node:fs'
import { listFiles } from './files.ts'
import { lintExact } from './lint/exact.ts'

const files = listFiles('src', '.ts')
const findings = files.flatMap((file) => lintExact(file, readFileSync(file, 'utf8')))
for (const { file, line, column, message } of findings) console.error(`${file}:${line}:${column} ${message}`)
console.log(`exactness: ${files.length} files, ${findings.length} findings`)
process.exitCode = findings.length > 0 ? 1 : 0
