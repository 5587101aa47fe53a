import { createHash } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { Client, enterPassiveModeIPv4, enterPassiveModeIPv6 } from 'basic-ftp'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

const collect = () => {
  const chunks = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, bytes: () => Buffer.concat(chunks) }
}

const use = async (client, prepareTransfer) => {
  const lines = []
  client.prepareTransfer = prepareTransfer
  const content = Buffer.alloc(600_000, `by ${prepareTransfer.name} `)
  const upload = await client.uploadFrom(Readable.from([content]), 'big.bin')
  lines.push(`${upload.code} ${await client.size('big.bin')}`)
  await client.uploadFrom(Readable.from(['']), 'empty')
  await client.appendFrom(Readable.from(['two words']), 'empty')

  const whole = collect()
  await client.downloadTo(whole.stream, 'big.bin')
  const rest = collect()
  await client.downloadTo(rest.stream, 'big.bin', 599_990)
  lines.push(`${sha256(whole.bytes()) === sha256(content)} ${rest.bytes().equals(content.subarray(599_990))}`)

  await client.ensureDir('one/two')
  lines.push(await client.pwd())
  await client.uploadFrom(Readable.from(['deep']), 'deep.txt')
  await client.cd('/')
  await client.rename('empty', 'one/words')
  const list = (files) => files.map(({ name, size, isDirectory }) => `${name}${isDirectory ? '/' : ` ${size}`}`).sort()
  lines.push(list(await client.list()).join(', '))
  lines.push(list((await client.list('one')).filter(({ isFile }) => isFile)).join(', '))
  await client.removeDir('one')
  const gone = await client.remove('big.bin')
  lines.push(`${gone.code} ${(await client.list()).length}`)
  return lines
}

export const visit = async (host, port) => {
  const lines = []
  const client = new Client(30_000)
  const access = (password) => client.access({ host, port, user: 'ada', password })
  lines.push(await access('wrong').catch((error) => `${error.name} ${error.code}`))
  const welcome = await access('secret')
  lines.push(`${welcome.code}`)
  lines.push(...(await use(client, enterPassiveModeIPv4)))
  lines.push(...(await use(client, enterPassiveModeIPv6)))
  const missing = await client.downloadTo(collect().stream, 'missing').catch((error) => `${error.name} ${error.code}`)
  lines.push(missing)
  client.close()
  lines.push(`${client.closed}`)
  const refused = new Client(30_000)
  lines.push(await refused.access({ host, port: 5 }).catch((error) => `${error.code} ${error.syscall}`))
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
