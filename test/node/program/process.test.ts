import fs from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { Network } from '../../../src/index.node.ts'
import { evaluate, FIXTURES, node, oneHost, printed, shell } from './running.ts'

const { net, host } = oneHost()
afterAll(() => net.close())

describe('process', () => {
  it('says who and where the virtual process is', async () => {
    const code = `console.log(JSON.stringify([
      process.pid, process.ppid, process.cwd(), process.env.A, process.env.USER, process.getuid(), process.title,
      process.argv0, typeof process.send, process.uptime() < 60 ]))`
    const child = host.spawn('node', ['-e', code], { cwd: FIXTURES, env: { A: '1' } })
    const { pid } = child
    await child.exited
    expect(JSON.parse(child.stdout?.text ?? '')).toEqual([
      pid,
      1,
      FIXTURES.slice(0, -1),
      '1',
      'root',
      0,
      'node',
      'node',
      'undefined',
      true,
    ])
  })

  it('is where Node is, unless a real directory is given', async () => {
    expect((await node(host, ['-p', 'process.cwd()'], { cwd: '/' })).stdout).toBe('/\n')
    expect((await shell(host, 'node -p "process.cwd()"')).stdout).toBe(`${process.cwd()}\n`)
    expect((await shell(host, `cd ${FIXTURES} && node -p "process.cwd()"`)).stdout).toBe(`${FIXTURES.slice(0, -1)}\n`)
  })

  it('changes directory alone, and files follow', async () => {
    const code = `import fs from 'node:fs'
      process.chdir('${os.tmpdir()}'); process.chdir('${FIXTURES}')
      console.log(process.cwd(), fs.readFileSync('state.mjs').length > 0, (await fs.promises.stat('state.cjs')).isFile())
      try { process.chdir('nowhere') } catch (error) { console.log(error.code, error.syscall) }`
    const before = process.cwd()
    expect((await evaluate(host, code, { cwd: '/' })).stdout).toBe(`${FIXTURES.slice(0, -1)} true true\nENOENT chdir\n`)
    expect(process.cwd()).toBe(before)
  })

  it('is what paths, URLs, arguments and the machine’s name are asked of', async () => {
    const code = `const path = require('path'); const os = require('os')
      console.log(JSON.stringify([
        path.resolve('a', '../b'), path.relative('/x', 'y'), path.posix === require('path/posix'),
        require('url').pathToFileURL('a/').href, require('util').parseArgs({ options: { v: { type: 'boolean' } } }).values.v,
        os.hostname(), Object.keys(os.networkInterfaces()), os.networkInterfaces().eth0[0].cidr, os.homedir(), os.userInfo().username,
        globalThis.console === console ]))`
    expect(JSON.parse((await node(host, ['-e', code, '--', '-v'], { cwd: '/tmp' })).stdout)).toEqual([
      '/tmp/b',
      '../tmp/y',
      true,
      'file:///tmp/a/',
      true,
      'h',
      ['lo', 'eth0'],
      '10.0.0.1/24',
      '/root',
      'root',
      true,
    ])
  })

  it('has text in its environment, and nothing of the real one', async () => {
    const code =
      'process.env.N = 1; console.log(typeof process.env.N, "N" in process.env, Object.keys(process.env).sort().join())'
    expect((await evaluate(host, code)).stdout).toBe('string true HOME,LANG,LOGNAME,N,PATH,SHELL,USER\n')
  })

  it('changes its title for ps', async () => {
    const child = host.spawn('node', [
      '-e',
      'process.title = "renamed"; setInterval(() => {}, 1000); console.log("up")',
    ])
    await printed(child, 'up')
    expect((await shell(host, 'ps -e -o comm')).stdout).toContain('renamed\n')
    child.kill('SIGKILL')
    await child.exited
  })
})

describe('standard streams', () => {
  it('are the virtual process’s, for streams and for descriptors', async () => {
    expect(await node(host, ['stdio.cjs'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'sync\nasync\nend 1 undefined\n',
      stderr: 'error\n',
    })
  })

  it('are pipes and files of the shell', async () => {
    const code = 'process.stdin.on("data", (d) => process.stdout.write(String(d).toUpperCase()))'
    const { stdout } = await shell(host, `echo hi | node -e '${code}' | cat > /tmp/out; cat /tmp/out`)
    expect(stdout).toBe('HI\n')
  })

  it('give all that was written to a slow reader, though the program has exited', async () => {
    const code = 'process.stdout.write("x".repeat(300000)); process.exit(5)'
    expect((await shell(host, `(node -e '${code}'; echo $? >&2) | (sleep 0.1; wc -c)`)).stdout.trim()).toBe('300000')
  })

  it('end in EPIPE when nobody reads', async () => {
    const code = `process.stdout.on('error', (e) => { process.stderr.write(e.code + '\\n'); process.exit(0) })
      setInterval(() => process.stdout.write('y'.repeat(5000)), 1)`
    expect((await shell(host, `node -e "${code}" | head -c 1`)).stderr).toBe('EPIPE\n')
  })

  it('read a script', async () => {
    expect((await shell(host, 'echo "console.log(process.argv[2], 2 + 3)" | node - arg')).stdout).toBe('arg 5\n')
  })
})

describe('a program ends', () => {
  it('by itself when nothing keeps it, after beforeExit and exit', async () => {
    expect(await node(host, ['exiting.mjs'])).toMatchObject({
      code: 4,
      stdout: 'main\nbeforeExit 0\nmore\nbeforeExit 4\nexit 4\n',
    })
  })

  it('at process.exit(), after which nothing of it is heard', async () => {
    expect(await node(host, ['leaving.mjs'])).toMatchObject({ code: 3, stdout: 'exit 3\n', stderr: '' })
  })

  it('with exit code 13 when its main module waits for nothing', async () => {
    const { code, stderr } = await evaluate(host, 'await new Promise(() => {})')
    expect(code).toBe(13)
    expect(stderr).toContain('Warning: Detected unsettled top-level await')
  })

  it('when the last server and connection are closed', async () => {
    const code = `import net from 'node:net'
      const server = net.createServer((s) => s.end('bye')).listen(7, () => {
        net.connect(7).on('data', (d) => { console.log(String(d)); server.close() })
      })`
    expect(await evaluate(host, code)).toMatchObject({ code: 0, stdout: 'bye\n' })
  })

  it('after what is in a pipeline of streams', async () => {
    const code = `const fs = require('fs'); const zlib = require('zlib')
      require('stream').pipeline(fs.createReadStream('state.mjs'), zlib.createGzip(), new zlib.Gunzip(), zlib.createBrotliCompress(),
        zlib.createBrotliDecompress(), async function* (source) { let n = 0; for await (const chunk of source) n += chunk.length
          console.log(n === fs.statSync('state.mjs').size) }, () => console.log('done'))`
    expect((await node(host, ['-e', code])).stdout).toBe('true\ndone\n')
  })

  it('after work of the thread pool', async () => {
    const code = `import { gzip, gunzip } from 'node:zlib'
      import { scrypt } from 'node:crypto'
      import fs from 'node:fs'
      gzip('x', (e, z) => gunzip(z, (e, x) => scrypt(x, 's', 4, (e, k) => fs.readFile('state.mjs', (e, d) =>
        crypto.subtle.digest('SHA-1', d).then(() => console.log('done'))))))`
    expect((await evaluate(host, code)).stdout).toBe('done\n')
  })
})

describe('refused by name', () => {
  it('a program on a network in virtual time', async () => {
    const virtual = new Network()
    const other = virtual.host('v', { address: '10.0.0.1/24' })
    expect(() => other.spawn('node', ['x.mjs'])).toThrow(/virtual time.*time: "real"/)
    const { stderr, code } = await shell(other, 'node x.mjs')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^node: this network is in virtual time/)])
    await virtual.close()
  })

  it('child processes, workers and clusters', async () => {
    const code = `import { spawn, execSync } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      import cluster from 'node:cluster'
      for (const call of [() => spawn('ls'), () => execSync('ls'), () => new Worker('x'), () => cluster.fork()])
        try { call() } catch (error) { console.log(error.code, error.message) }`
    expect((await evaluate(host, code)).stdout.match(/ERR_SOQUETE_NOT_VIRTUAL \S+ .*is not available/g)).toHaveLength(4)
  })
})

describe('agents', () => {
  it('are of each process', async () => {
    const code = `import http from 'node:http'
      const before = http.globalAgent.maxSockets
      http.globalAgent.maxSockets = 1
      console.log(before)`
    expect((await evaluate(host, code)).stdout).toBe('Infinity\n')
    expect((await evaluate(host, code)).stdout).toBe('Infinity\n')
  })
})

describe('files', () => {
  it('0, 1, 2 and /dev/stdin are the standard streams', async () => {
    const code = `const fs = require('fs')
      const data = fs.readFileSync(0, 'utf8')
      fs.writeFileSync('/dev/stdout', data.toUpperCase())
      fs.appendFileSync(1, 'b')
      fs.writeFile(1, 'c', (error) => fs.readFile('/dev/stdin', 'utf8', (error, rest) => console.log([error, rest])))`
    const { stdout } = await node(host, ['-e', code], { input: 'a' })
    expect(stdout).toBe("Abc[ null, '' ]\n")
  })

  it('are closed with the program', async () => {
    const file = fileURLToPath(import.meta.url)
    const code = `const fs = require('fs'); fs.openSync('${file}'); fs.open('${file}', () => fs.promises.open('${file}').then(() => process.exit()))`
    expect(await node(host, ['-e', code])).toMatchObject({ code: 0, stderr: '' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    const open = fs.readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`) === file
      } catch {
        return false
      }
    })
    expect(open).toEqual([])
  })

  it('of the host’s names and Unix sockets are the host’s', async () => {
    const code = `const fs = require('fs'); const net = require('net')
      console.log(fs.readFileSync('/etc/hosts', 'utf8').includes('10.0.0.1'))
      const server = net.createServer().listen('/tmp/own.sock', () => {
        console.log(fs.existsSync('/tmp/own.sock'), fs.statSync('/tmp/own.sock').isSocket())
        server.close(() => console.log(fs.existsSync('/tmp/own.sock')))
      })`
    expect((await node(host, ['-e', code])).stdout).toBe('true\ntrue true\nfalse\n')
  })
})
