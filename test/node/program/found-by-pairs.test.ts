/** What the compatibility suite found, each as small as it gets. */
import type net from 'node:net'
import { expect, it } from 'vitest'
import { currentProgram } from '../../../src/node/current.ts'
import { event, listen, twoHosts } from '../two-hosts.ts'
import { evaluate, oneHost } from './running.ts'

it('reading a Blob keeps the program, whole or as a stream', async () => {
  const { net: network, host } = oneHost()
  const code = `
    const blob = new Blob(['he', 'llo'])
    console.log((await blob.arrayBuffer()).byteLength, await blob.text(), blob.text.name)
    let length = 0
    for await (const chunk of blob.stream()) length += chunk.length
    const reader = blob.stream().getReader({ mode: 'byob' })
    const { value } = await reader.read(new Uint8Array(3))
    console.log(length, value.length)
  `
  expect(await evaluate(host, code)).toMatchObject({ code: 0, stdout: '5 hello text\n5 2\n', stderr: '' })
  await network.close()
})

it('a closing handle keeps the program until its callback has run, referenced or not', async () => {
  const { server, client } = twoHosts()
  const accepted: net.Socket[] = []
  const listener = await listen(server, 80, (socket) => accepted.push(socket.resume()))
  const code = `
    import { connect } from 'node:net'
    const socket = connect(80, 'server')
    await new Promise((done) => socket.once('connect', done))
    socket.unref().destroy()
    await new Promise((done) => socket.once('close', done))
    console.log('closed')
  `
  expect(await evaluate(client, code)).toMatchObject({ code: 0, stdout: 'closed\n', stderr: '' })
  expect(accepted).toHaveLength(1)
  listener.close()
  await event(listener, 'close')
})

it('who reads the output outside is outside', async () => {
  const { net: network, host } = oneHost()
  const seen: unknown[] = []
  const child = host.spawn('node', ['-e', 'console.log("hello")'])
  if (child.stdout !== null)
    child.stdout.onData = (bytes) => seen.push(new TextDecoder().decode(bytes), currentProgram())
  await child.exited
  expect(seen).toEqual(['hello\n', undefined])
  await network.close()
})
