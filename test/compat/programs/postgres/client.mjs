import pg from 'pg'

const failure = (promise) =>
  promise.then(
    () => 'no error',
    (error) => error,
  )

export const visit = async (host, port) => {
  const lines = []
  const settings = { host, port, user: 'postgres', database: 'postgres', password: '' }
  const pool = new pg.Pool({ ...settings, max: 4 })
  const version = await pool.query('select version()')
  lines.push(version.rows[0].version.split(' ')[0])

  await pool.query('create table account (id int primary key, owner text not null, cents bigint check (cents >= 0))')
  for (const [id, owner, cents] of [
    [1, 'Ada', 10_000],
    [2, 'Grace', 500],
  ])
    await pool.query('insert into account values ($1, $2, $3)', [id, owner, cents])
  const all = await pool.query('select * from account order by id')
  lines.push(JSON.stringify(all.rows), all.fields.map(({ name }) => name).join(' '))

  // A transaction that holds, one that is taken back.
  const transfer = async (from, to, cents) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('update account set cents = cents + $1 where id = $2', [cents, to])
      await client.query('update account set cents = cents - $1 where id = $2', [cents, from])
      await client.query('commit')
      return 'done'
    } catch (error) {
      await client.query('rollback')
      return `${error.code} ${error.constraint}`
    } finally {
      client.release()
    }
  }
  lines.push(await transfer(1, 2, 2_500), await transfer(2, 1, 1_000_000))
  const { rows } = await pool.query('select cents from account order by id')
  lines.push(rows.map(({ cents }) => cents).join(' '))

  const taken = await failure(pool.query("insert into account values (1, 'Eve', 0)"))
  lines.push(`${taken.severity} ${taken.code} ${taken.table} ${taken.constraint}`)
  const wrong = await failure(pool.query('selec 1'))
  lines.push(`${wrong.code} ${wrong.position} ${wrong.message}`)

  const named = { name: 'squares', text: 'select n, n * n as square from generate_series(1, $1::int) n' }
  const squares = await pool.query({ ...named, values: [5000] })
  lines.push(`${squares.rowCount} ${squares.rows.at(-1).square}`)
  const types = await pool.query(
    "select true b, 1.5::float8 f, null n, '{1,2}'::int[] a, '{\"x\": [1]}'::jsonb j, '\\xdeadbeef'::bytea y, '2026-01-02T03:04:05Z'::timestamptz t",
  )
  lines.push(JSON.stringify(types.rows[0]))
  const long = 'á'.repeat(300_000)
  const echoed = await pool.query('select $1::text as text', [long])
  lines.push(`${echoed.rows[0].text === long}`)

  const many = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.query('select $1::int + 1 as n', [i])))
  lines.push(many.map((result) => result.rows[0].n).join(' '))
  lines.push(`${pool.totalCount} ${pool.waitingCount}`)
  await pool.end()

  const listener = new pg.Client(settings)
  await listener.connect()
  const notified = new Promise((resolve) => listener.on('notification', resolve))
  await listener.query('listen news')
  await listener.query("notify news, 'it works'")
  const { channel, payload } = await notified
  lines.push(`${channel}: ${payload}`)
  await listener.end()

  const refused = await failure(new pg.Client({ ...settings, port: 6 }).connect())
  lines.push(`${refused.code} ${refused.syscall} ${refused.port}`)
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
