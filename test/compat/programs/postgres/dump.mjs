/** `node dump.mjs FILE`: a fresh database as a file, for the server to start from. */
import { rename, writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'

const [file] = process.argv.slice(2)
const db = await PGlite.create()
const dump = await db.dumpDataDir('none')
// Whole or not at all, and whoever else makes one.
const part = `${file}.${process.pid}`
await writeFile(part, Buffer.from(await dump.arrayBuffer()))
await rename(part, file)
await db.close()
