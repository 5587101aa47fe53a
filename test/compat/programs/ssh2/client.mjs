import { once } from 'node:events'
import { promisify } from 'node:util'
import ssh2 from 'ssh2'

const { Client, utils } = ssh2

const login = async (host, port, credentials) => {
  const client = new Client()
  client.connect({ host, port, username: 'ada', ...credentials })
  await once(client, 'ready')
  return client
}

const text = async (stream) => {
  let all = ''
  for await (const chunk of stream) all += chunk
  return all
}

/** The channel's events may follow at once: listeners are there before. */
const execute = (client, command, input) =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      const result = { stdout: '', stderr: '', exit: [] }
      channel.on('data', (data) => (result.stdout += data))
      channel.stderr.on('data', (data) => (result.stderr += data))
      channel.on('exit', (code, signal) => result.exit.push(code, signal))
      channel.on('close', () => resolve(result))
      if (input !== undefined) channel.end(input)
    })
  })

/** A line at each prompt. */
const useShell = (client) =>
  new Promise((resolve, reject) => {
    client.shell({ rows: 24, cols: 80, term: 'xterm' }, (error, channel) => {
      if (error) return reject(error)
      const commands = ['size\r', 'what\r', 'exit\r']
      let seen = ''
      let code
      channel.on('data', (data) => {
        const prompts = seen.split('$ ').length
        seen += data
        for (let fresh = seen.split('$ ').length - prompts; fresh > 0; fresh--) channel.write(commands.shift())
      })
      channel.on('exit', (value) => (code = value))
      channel.on('close', () => resolve(`${JSON.stringify(seen)} ${code}`))
    })
  })

const useFiles = async (client) => {
  const sftp = await promisify(client.sftp.bind(client))()
  const call = (name, ...args) => promisify(sftp[name].bind(sftp))(...args)
  const content = Buffer.from(Array.from({ length: 150_000 }, (_, i) => (i * 31) >>> 2))
  await call('writeFile', '/data', content)
  const { size } = await call('stat', '/data')
  const back = await call('readFile', '/data')
  await call('unlink', '/data')
  const missing = await call('readFile', '/data').catch((error) => `${error.code} ${error.message}`)
  sftp.end()
  return `${size} ${content.equals(back)} ${missing}`
}

const forward = async (client) => {
  const channel = await promisify(client.forwardOut.bind(client))('127.0.0.1', 0, 'inner', 1)
  channel.end('forwarded')
  return text(channel)
}

export const visit = async (host, port) => {
  const lines = []
  const wrong = await login(host, port, { password: 'wrong' }).catch((error) => `${error.level} ${error.message}`)
  lines.push(wrong)

  const client = await login(host, port, { password: 'open sesame' })
  for (const command of ['uptime', 'fail', 'die']) lines.push(JSON.stringify(await execute(client, command)))
  const input = 'line of input\n'.repeat(20_000)
  const cat = await execute(client, 'cat', input)
  lines.push(`${cat.stdout === input} ${cat.stdout.length} ${cat.exit[0]}`)
  lines.push(await useShell(client))
  lines.push(await useFiles(client))
  lines.push(await forward(client))
  const together = await Promise.all(['a', 'b', 'c', 'd'].map((command) => execute(client, command)))
  lines.push(together.map(({ stdout }) => stdout.trim()).join(', '))
  client.end()
  await once(client, 'close')

  const keys = utils.generateKeyPairSync('ecdsa', { bits: 256 })
  const other = await login(host, port, { privateKey: keys.private, compress: true })
  lines.push((await execute(other, 'with a key')).stdout.trim())
  other.end()
  await once(other, 'close')

  const refused = await login(host, 4, { password: '' }).catch(
    (error) => `${error.level} ${error.code} ${error.syscall}`,
  )
  lines.push(refused)
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const [host, port] = process.argv.slice(2)
  for (const line of await visit(host, Number(port))) console.log(line)
}
