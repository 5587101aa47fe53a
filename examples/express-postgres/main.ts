/**
 * npm run example:postgres: an express application and its Postgres on virtual hosts, and a network that breaks in the middle of a
 * transaction. The programs (`database.mjs`, `web.mjs`, `pay.mjs`) are ordinary ones: nothing in them knows where they run.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Host, Network } from '../../src/index.node.ts'

type Child = ReturnType<Host['spawn']>

const pretty = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
const paint = (code: string, text: string): string => (pretty ? `\x1b[${code}m${text}\x1b[0m` : text)
const title = (text: string): void => console.log(`\n${paint('1', text)}`)
const say = (text: string): void => console.log(paint('2', text))

const net = new Network({ time: 'real' })
const client = net.host('client', { address: '10.0.0.1/24' })
const web = net.host('web', { address: '10.0.0.2/24' })
const database = net.host('database', { address: '10.0.0.3/24' })
const between = net.switch()
for (const host of [client, web, database]) net.link(host, between, { latency: '1ms' })

const cwd = dirname(fileURLToPath(import.meta.url))

/** Run a command on a host and show what it prints. */
const type = async (host: Host, command: string, ...args: string[]): Promise<string> => {
  console.log(`${paint('36', `${host.name}$`)} ${[command, ...args].join(' ')}`)
  const child = host.spawn(command, args, { cwd })
  const { code, signal } = await child.exited
  const output = `${child.stdout?.text ?? ''}${child.stderr?.text ?? ''}`
  console.log(output.trimEnd())
  if (code !== 0) throw new Error(`${command} on ${host.name} ended with ${code ?? signal}`)
  return output
}

/** Called with each line that a server prints, as it prints it. */
const listeners = new Set<(line: string) => void>()

/** Start a program that stays, show its lines, and wait until it is ready. */
const serve = async (host: Host, program: string): Promise<Child> => {
  console.log(`${paint('36', `${host.name}$`)} node ${program} &`)
  const ready = lineWith('ready')
  const child = host.spawn('node', [program], { cwd })
  const show = (bytes: Uint8Array): void => {
    for (const line of new TextDecoder().decode(bytes).trimEnd().split('\n')) {
      console.log(`${paint('35', `[${host.name}]`)} ${line}`)
      for (const listener of [...listeners]) listener(line)
    }
  }
  for (const output of [child.stdout, child.stderr]) if (output !== null) output.onData = show
  const failed = child.exited.then(({ code }) => {
    throw new Error(`${program} ended with ${code}`)
  })
  failed.catch(() => undefined)
  await Promise.race([ready, failed])
  return child
}

/** The next line of a server that has `text` in it; `then` is called before the server goes on. */
const lineWith = (text: string, then: () => void = () => undefined): Promise<void> =>
  new Promise((resolve) => {
    const look = (line: string): void => {
      if (!line.includes(text)) return
      listeners.delete(look)
      then()
      resolve()
    }
    listeners.add(look)
  })

/** What both accounts have together; a transfer changes nothing about it, half of one would. */
const TOTAL = 20_000

const balances = async (): Promise<void> => {
  const accounts = JSON.parse(await type(client, 'curl', '-s', 'http://web:3000/accounts')) as Record<string, number>
  const total = Object.values(accounts).reduce((sum, cents) => sum + cents, 0)
  if (total !== TOTAL) throw new Error(`half a transfer: together they have ${total}, not ${TOTAL}`)
  say(`Together they have ${total}.`)
}

const pay = (...args: string[]): Promise<string> => type(client, 'node', 'pay.mjs', ...args)
const connections = (host: Host): Promise<string> => type(host, 'ss', '-tn')

title('1. Three hosts: a client, a web server, a database')
say('Postgres makes itself a database first, which takes some seconds.')
await serve(database, 'database.mjs')
await serve(web, 'web.mjs')
await pay('rent', 'ada', 'grace', '2500')
await balances()

title('2. The network breaks in the middle of a transaction')
const broken = lineWith('book: 1000 taken', () => {
  net.partition(web, database)
  say('--- web and database no longer reach each other ---')
})
await pay('book', 'ada', 'grace', '1000')
await broken
say(
  'The application gave up and closed its connection. The database does not know, and waits for the rest of the transaction.',
)
await connections(web)
await connections(database)
net.heal(web, database)
say('--- healed: now the end of the connection arrives, sent again ---')
await balances()
say('The money that was taken is back with Ada: Postgres took the transaction back when the connection ended.')
await pay('book', 'ada', 'grace', '1000')
await balances()

title('3. The answer to a commit is lost')
const deaf = lineWith('gift: 300 given', () => {
  net.partition(database, web, { oneWay: true })
  say('--- the database hears the web server, and not the other way round ---')
})
await pay('gift', 'grace', 'ada', '300')
await deaf
say('Done or not? The application cannot know. The client asks again, for the same transfer.')
net.heal(database, web)
say('--- healed ---')
await pay('gift', 'grace', 'ada', '300')
await balances()

await net.close()
