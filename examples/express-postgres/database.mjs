/** Postgres with two accounts. */
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create()
await db.exec(`
  create table accounts (name text primary key, cents int not null check (cents >= 0));
  create table transfers (id text primary key, payer text references accounts, payee text references accounts, cents int);
  insert into accounts values ('ada', 10000), ('grace', 10000);
`)

const server = new PGLiteSocketServer({ db, port: 5432, host: '0.0.0.0', maxConnections: 20 })
await server.start()
console.log('Postgres is ready')

process.on('SIGTERM', async () => {
  await server.stop()
  await db.close()
})
