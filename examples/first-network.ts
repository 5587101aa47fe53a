/**
 * npm start: two hosts, a switch between them, and the question what a port and what a socket is.
 *
 * Everything below is typed on virtual hosts; nothing touches this machine's network. Time is virtual, so it takes a moment.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Host, Network } from '../src/index.node.ts'

const pretty = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
const paint = (code: string, text: string): string => (pretty ? `\x1b[${code}m${text}\x1b[0m` : text)
const title = (text: string): void => console.log(`\n${paint('1', text)}`)
const say = (text: string): void => console.log(paint('2', text))

const net = new Network({ seed: 7 })
const server = net.host('server', {
  address: '10.0.0.1/24',
  files: { '/srv/index.html': '<h1>Hello from port 8080</h1>\n' },
})
const client = net.host('client', { address: '10.0.0.2/24' })
const sw = net.switch('sw0')
net.link(server, sw, { latency: '1ms' })
net.link(client, sw, { latency: '1ms' })
const capture = net.capture({ interfaces: ['server:eth0'] })

/** Type a command on a host and show what it prints. */
const type = async (host: Host, command: string): Promise<number> => {
  console.log(`${paint('36', `root@${host.name}:~#`)} ${command}`)
  const child = host.spawn('sh', ['-c', command])
  const { code } = await child.exited
  process.stdout.write(`${child.stdout?.text ?? ''}${child.stderr?.text ?? ''}`)
  return code ?? 1
}

/** Start a program that stays, and give it time to listen. */
const start = async (host: Host, command: string, cwd: string): Promise<ReturnType<Host['spawn']>> => {
  console.log(`${paint('36', `root@${host.name}:${cwd}#`)} ${command} &`)
  const child = host.spawn('sh', ['-c', `exec ${command}`], { cwd, input: true })
  await net.runFor('100ms')
  return child
}

title('1. A port is a number. Nobody uses 8080 yet: it is closed')
await type(client, 'nc -vz server 8080')
say('The server answered at once, with a reset: there is no socket on that port.')

title('2. A process makes a socket, binds it to 8080, and listens')
const web = await start(server, 'python3 -m http.server 8080', '/srv')
await type(server, 'lsof -i4:8080')

title('3. Two clients connect: two more sockets, the same port')
const first = await start(client, 'telnet server 8080', '/root')
const second = await start(client, 'telnet server 8080', '/root')
await type(server, 'lsof -nP -i4:8080')
await type(client, 'lsof -nP -i4:8080')
say(
  "Each accepted socket has the listener's port on its side; the clients' kernel chose an ephemeral one. The five-tuple tells them apart.",
)

title('4. One of them asks for a page')
first.write('GET / HTTP/1.0\n\n')
await net.runFor('1s')
process.stdout.write(first.stdout?.text ?? '')
console.log(paint('2', (web.stderr?.text ?? '').trimEnd()))
second.kill('SIGKILL')
await net.runFor('100ms')

title('5. Closed and filtered: refusal against silence')
await type(server, 'nft add table inet filter')
await type(server, "nft add chain inet filter input '{ type filter hook input priority 0 ; policy accept ; }'")
await type(server, 'nft add rule inet filter input tcp dport 8080 drop')
await type(client, 'nc -vz -w 3 server 8080')
await type(client, 'nc -vz -w 3 server 81')
say('8080 has a listener, and the firewall keeps its packets away: nobody answers. 81 has none: the host refuses.')

title('6. A Unix socket: the same calls, a path in place of a port')
const unix = await start(server, 'nc -lkU /run/app.sock', '/srv')
await type(server, 'echo hello | nc -NU /run/app.sock; lsof -U; ls -l /run/app.sock')
process.stdout.write(unix.stdout?.text ?? '')

title('7. What went over the wire')
const folder = join(tmpdir(), 'soquete')
mkdirSync(folder, { recursive: true })
const file = join(folder, 'first-network.pcapng')
writeFileSync(file, capture.stop().bytes)
console.log(`${file} (open it with Wireshark)`)

await net.close()

title('Next')
console.log(`  npx soquete shell                 a host of your own: type the above by hand
  docs/sockets-and-ports.md         the difference between a socket and a port
  docs/shell.md                     the shell and its programs`)
