import { afterEach, describe, expect, it } from 'vitest'
import { Network } from '../../../src/index.node.ts'
import { ended, FIXTURES, printed } from './running.ts'

let net: Network
afterEach(() => net.close())

describe('one program file on five hosts', () => {
  for (const file of ['state.mjs', 'state.cjs'])
    it(`${file} runs five times, each with its own modules, process and socket`, async () => {
      net = new Network({ time: 'real' })
      const sw = net.switch()
      const hosts = [1, 2, 3, 4, 5].map((n) => {
        const host = net.host(`h${n}`, { address: `10.0.0.${n}/24` })
        net.link(host, sw)
        return host
      })
      const children = hosts.map((host) => host.spawn('node', [file], { cwd: FIXTURES, env: { NAME: host.name } }))
      await Promise.all(children.map((child) => printed(child, 'listening\n')))
      const answers: string[] = []
      for (const n of [1, 2, 2, 3, 4, 5, 2]) {
        const curl = hosts[0]?.spawn('curl', ['-s', `http://10.0.0.${n}:8080/`])
        answers.push(curl === undefined ? '' : (await ended(curl)).stdout)
      }
      const pids = children.map(({ pid }) => pid)
      const count = file === 'state.mjs' ? (n: number) => `${n} ${n}` : (n: number) => `${2 * n - 1} ${2 * n}`
      expect(answers).toEqual([
        `h1 ${pids[0]} ${count(1)}`,
        `h2 ${pids[1]} ${count(1)}`,
        `h2 ${pids[1]} ${count(2)}`,
        `h3 ${pids[2]} ${count(1)}`,
        `h4 ${pids[3]} ${count(1)}`,
        `h5 ${pids[4]} ${count(1)}`,
        `h2 ${pids[1]} ${count(3)}`,
      ])
      const lsof = hosts[1]?.lsof({ i: ':8080', n: true, P: true }) ?? ''
      expect(lsof).toMatch(new RegExp(`^node +${pids[1]} root +\\d+u +IPv6 .* TCP \\*:8080 \\(LISTEN\\)$`, 'm'))
      const ps = hosts[1]?.spawn('ps', ['-o', 'pid,ppid,stat,comm,args'])
      expect(ps === undefined ? '' : (await ended(ps)).stdout).toMatch(
        new RegExp(`${pids[1]} +1 Ss +node +node ${file}`),
      )
    })
})
