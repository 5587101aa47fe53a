import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import axios from 'axios'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

export const visit = async (host, port) => {
  const lines = []
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const http = axios.create({ baseURL: `http://${host}:${port}`, httpAgent: agent, proxy: false })
  const failure = (promise) =>
    promise.then(
      () => 'no error',
      (error) => error,
    )

  const home = await http.get('/')
  lines.push(`${home.status} ${home.headers['content-type']} ${home.data}`)

  const made = await http.post('/notes', { title: 'first' })
  lines.push(`${made.status} ${made.headers.location} ${JSON.stringify(made.data)}`)
  const read = await http.get('/notes/1', { params: { a: 'b c' } })
  lines.push(JSON.stringify(read.data))
  const cached = await failure(http.get('/', { headers: { 'if-none-match': home.headers.etag } }))
  lines.push(`${cached.response.status} ${cached.code}`)

  const missing = await failure(http.get('/notes/9'))
  lines.push(`${missing.code} ${missing.response.status} ${JSON.stringify(missing.response.data)}`)
  const wrong = await failure(http.post('/notes', {}))
  lines.push(`${wrong.code} ${wrong.response.status} ${wrong.response.data.error}`)
  const broken = await failure(http.post('/notes', '{', { headers: { 'content-type': 'application/json' } }))
  lines.push(`${broken.response.status}`)

  const moved = await http.get('/old')
  lines.push(`${moved.status} ${moved.request.path} ${moved.data}`)

  const big = await http.get('/pattern/1000000', { responseType: 'arraybuffer' })
  lines.push(`${big.headers['content-length']} ${sha256(big.data)}`)
  const body = Buffer.alloc(700_000, 'upload')
  const put = await http.put('/digest', body, { headers: { 'content-type': 'application/octet-stream' } })
  lines.push(`${put.data.type} ${put.data.sha256 === sha256(body)}`)

  const many = await Promise.all(Array.from({ length: 20 }, (_, i) => http.get(`/pattern/${i}`)))
  lines.push(many.map(({ data }) => data.length).join(' '))

  const late = await failure(http.get('/never', { timeout: 300 }))
  lines.push(`${late.code} ${late.message}`)
  agent.destroy()
  const refused = await failure(http.get(`http://${host}:1/`))
  lines.push(`${refused.code} ${refused.cause?.syscall} ${refused.cause?.port}`)
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
