/** The global fetch against a fastify server. */
const post = (url, body) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const codes = (error) => `${error.name}: ${error.message} (${error.cause?.code} ${error.cause?.syscall})`

export const visit = async (host, port) => {
  const base = `http://${host}:${port}`
  const lines = []

  const first = await post(`${base}/people`, { name: 'Ada', age: 36 })
  lines.push(`${first.status} ${first.headers.get('x-timed')} ${await first.text()}`)
  for (const person of [{ age: 1 }, { name: 'Bob', age: -1 }, { name: '' }]) {
    const answer = await post(`${base}/people`, person)
    lines.push(`${answer.status} ${(await answer.json()).message}`)
  }
  const whoami = await (await fetch(`${base}/whoami`)).json()
  lines.push(`${whoami.host === `${host}:${port}`} ${whoami.method} ${whoami.v4}`)

  const events = await fetch(`${base}/events`)
  const text = []
  for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) text.push(chunk)
  lines.push(`${events.headers.get('content-type')} ${JSON.stringify(text.join(''))}`)

  const parts = Array.from({ length: 16 }, (_, i) => new Uint8Array(40_000).fill(i))
  const echo = await fetch(`${base}/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: ReadableStream.from(parts),
    duplex: 'half',
  })
  const back = new Uint8Array(await echo.arrayBuffer())
  lines.push(`${echo.status} ${back.length} ${parts.every((part, i) => back[i * part.length] === i)}`)

  const failure = await fetch(`${base}/failure`)
  lines.push(`${failure.status} ${await failure.text()}`)
  const none = await fetch(`${base}/none`)
  lines.push(`${none.status} ${(await none.json()).message}`)

  const many = await Promise.all(Array.from({ length: 12 }, (_, age) => post(`${base}/people`, { name: 'x', age })))
  lines.push((await Promise.all(many.map((answer) => answer.json()))).map(({ next }) => next).join(' '))

  lines.push(await fetch(`${base}/never`, { signal: AbortSignal.timeout(300) }).catch((error) => error.name))
  lines.push(await fetch(`http://${host}:2/`).catch(codes))
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
