/** One program for every supported Node: each protocol between two virtual hosts. Run by scripts/node-majors.ts with the built package. */

import dgram from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'

const { Network } = await import(new URL(`${process.argv[2]}/index.node.js`, `file://${process.cwd()}/`))
const pem = (name) => fs.readFileSync(new URL(`../certificate/${name}.pem`, import.meta.url))
const key = pem('key')
const cert = pem('cert')
const n = new Network({ time: 'real' })
const server = n.host('server', { address: '10.0.0.1/24' })
const client = n.host('client', { address: '10.0.0.2/24' })
n.link(server, client)
const all = async (s) => {
  const c = []
  for await (const x of s) c.push(x)
  return Buffer.concat(c)
}
const serve = (p, make) =>
  server.run(async () => {
    const s = make()
    s.listen(p)
    await once(s, 'listening')
    return s
  })
let failures = 0
const t = async (name, f) => {
  try {
    const r = await Promise.race([f(), new Promise((_, j) => setTimeout(j, 8000, new Error('timeout')))])
    if (r !== true) throw new Error(`got ${r}`)
    console.log(`ok   ${name}`)
  } catch (e) {
    failures++
    console.log(`FAIL ${name}: ${e.message}`)
  }
}
await t('net', async () => {
  await serve(1000, () => net.createServer((c) => c.pipe(c)))
  return client.run(async () => {
    const c = net.connect(1000, 'server')
    c.end(Buffer.alloc(3e6))
    return (await all(c)).length === 3e6
  })
})
await t('tls', async () => {
  await serve(1001, () => tls.createServer({ key, cert }, (c) => c.pipe(c)))
  return client.run(async () => {
    const c = tls.connect({ port: 1001, host: 'server', ca: cert })
    c.end(Buffer.alloc(3e6))
    return (await all(c)).length === 3e6
  })
})
await t('http', async () => {
  await serve(1002, () => http.createServer((q, r) => q.pipe(r)))
  return client.run(async () => {
    const q = http.request({ port: 1002, host: 'server', method: 'POST' })
    q.end(Buffer.alloc(1e6))
    const [r] = await once(q, 'response')
    return (await all(r)).length === 1e6
  })
})
await t('https', async () => {
  await serve(1003, () => https.createServer({ key, cert }, (q, r) => q.pipe(r)))
  return client.run(async () => {
    const q = https.request({ port: 1003, host: 'server', method: 'POST', ca: cert })
    q.end(Buffer.alloc(1e6))
    const [r] = await once(q, 'response')
    return (await all(r)).length === 1e6
  })
})
await t('http2', async () => {
  await serve(1004, () => {
    const s = http2.createServer()
    s.on('stream', (s) => {
      s.respond()
      s.pipe(s)
    })
    return s
  })
  return client.run(async () => {
    const s = http2.connect('http://server:1004')
    const q = s.request({ ':method': 'POST' })
    q.end(Buffer.alloc(1e6))
    const l = (await all(q)).length
    s.close()
    return l === 1e6
  })
})
await t('h2s', async () => {
  await serve(1005, () => {
    const s = http2.createSecureServer({ key, cert })
    s.on('stream', (s) => {
      s.respond()
      s.pipe(s)
    })
    return s
  })
  return client.run(async () => {
    const s = http2.connect('https://server:1005', { ca: cert })
    const q = s.request({ ':method': 'POST' })
    q.end(Buffer.alloc(1e6))
    const l = (await all(q)).length
    s.close()
    return l === 1e6
  })
})
await t('fetch', async () =>
  client.run(
    async () =>
      (await (await fetch('http://server:1002/', { method: 'POST', body: 'x'.repeat(1e5) })).text()).length === 1e5,
  ),
)
await t('agents', async () => {
  const a = []
  await serve(1006, () =>
    http.createServer((q, r) => {
      a.push(q.socket.remoteAddress)
      r.end()
    }),
  )
  for (const h of [client, server]) {
    await h.run(() => fetch('http://server:1006/').then((r) => r.text()))
    await h.run(() => new Promise((ok) => http.get('http://server:1006/', (r) => r.resume().on('end', ok))))
  }
  return a.join() === '::ffff:10.0.0.2,::ffff:10.0.0.2,::ffff:10.0.0.1,::ffff:10.0.0.1' || a
})
await t('dgram', async () => {
  const _s = await server.run(async () => {
    const s = dgram.createSocket('udp4', (m, f) => s.send(m, f.port, f.address))
    s.bind(1007)
    await once(s, 'listening')
    return s
  })
  return client.run(async () => {
    const c = dgram.createSocket('udp4')
    c.send('hi', 1007, '10.0.0.1')
    const [m] = await once(c, 'message')
    c.close()
    return String(m) === 'hi'
  })
})
await t('dns', async () => client.run(async () => (await dns.promises.lookup('server')).address === '10.0.0.1'))
await t('refused', async () =>
  client.run(async () => {
    const [e] = await once(net.connect(9, '10.0.0.1'), 'error')
    return e.code === 'ECONNREFUSED' && e.address === '10.0.0.1' && e.port === 9 && e.syscall === 'connect'
  }),
)
const path = `/tmp/soquete-${process.pid}.sock`
await t('unix', async () => {
  await serve(path, () => net.createServer((c) => c.end('u')))
  return server.run(async () => String(await all(net.connect(path))) === 'u')
})
await n.close()
process.exit(failures === 0 ? 0 : 1)
