/** Accounts and transfers over HTTP, kept in Postgres. */
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({
  host: 'database',
  user: 'postgres',
  database: 'postgres',
  connectionTimeoutMillis: 20_000,
  query_timeout: 1000,
})
// A connection that breaks while nobody uses it: the pool makes another.
pool.on('error', (error) => console.log(`pool: ${error.message}`))

/** What has been done about the transfer that the client calls `id`: null if nothing. */
const find = async (id) => (await pool.query('select * from transfers where id = $1', [id])).rows[0] ?? null

const transfer = async ({ id, from, to, cents }) => {
  const connection = await pool.connect()
  try {
    await connection.query('begin')
    await connection.query('insert into transfers values ($1, $2, $3, $4)', [id, from, to, cents])
    await connection.query('update accounts set cents = cents - $2 where name = $1', [from, cents])
    console.log(`${id}: ${cents} taken from ${from}`)
    await connection.query('update accounts set cents = cents + $2 where name = $1', [to, cents])
    console.log(`${id}: ${cents} given to ${to}, committing`)
    await connection.query('commit')
    connection.release()
  } catch (error) {
    // Whatever state it is in: Postgres takes the transaction back when the connection ends.
    connection.release(error)
    throw error
  }
}

const app = express()
app.use(express.json())

app.put('/transfers/:id', async (request, response) => {
  const { id } = request.params
  if ((await find(id)) !== null) return response.json({ id, state: 'was done before' })
  await transfer({ ...request.body, id })
  response.status(201).json({ id, state: 'done' })
})

app.get('/accounts', async (_request, response) => {
  const { rows } = await pool.query('select name, cents from accounts order by name')
  response.json(Object.fromEntries(rows.map(({ name, cents }) => [name, cents])))
})

app.use((error, _request, response, _next) => {
  response.status(503).json({ error: error.message })
})

app.listen(3000, () => console.log('the web server is ready'))
