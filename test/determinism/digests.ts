/** One line a scenario, `name digest`: compared run to run and between versions of Node. */

import { transfer } from '../../scripts/transfer.ts'
import { Network } from '../../src/index.node.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

for (const packets of ['records', 'bytes'] as const)
  for (let seed = 1; seed <= 12; seed++) {
    const { outcome, digest } = await transfer(seed, packets)
    print(`transfer-${packets}-${seed} ${digest}-${outcome.replaceAll(' ', '-')}`)
  }

for (const packets of ['records', 'bytes'] as const) {
  const net = new Network({ seed: 'session', packets, digest: true })
  const server = net.host('server', { address: '10.0.0.1/24', files: { '/srv/index.html': 'hello\n' } })
  const client = net.host('client', { address: '10.0.0.2/24' })
  net.link(server, client, { latency: '5ms', jitter: '2ms', loss: 0.05 })
  server.spawn('python3', ['-m', 'http.server', '8080'], { cwd: '/srv' })
  await net.runFor('100ms')
  for (let i = 0; i < 5; i++)
    await client.spawn('sh', ['-c', 'curl -s http://server:8080/ | wc -c; nc -vz server 81']).exited
  print(`session-${packets} ${net.digest()}`)
  await net.close()
}
