import { expect, test } from 'vitest'
import { program } from '../../src/userland/nft.ts'
import { Desk } from './netdesk.ts'

test('commands as arguments, files and standard input; errors end it with 1', async () => {
  const desk = new Desk([program])
  const nft = (command: string, input?: string) =>
    desk.run(desk.server, `nft ${command}`, input === undefined ? {} : { input })
  expect(await nft('add table inet filter')).toEqual({ out: '', err: '', code: 0 })
  await nft('add chain inet filter input { type filter hook input priority 0 ; policy accept ; }')
  expect(await nft('-f -', 'add rule inet filter input tcp dport 8080 drop\n')).toMatchObject({ code: 0 })
  desk.server.putFiles({ '/etc/nftables.conf': 'add rule inet filter input udp dport domain accept\n' })
  expect(await nft('-f /etc/nftables.conf')).toEqual({ out: '', err: '', code: 0 })
  const { out } = await nft('-a list ruleset')
  expect(out).toBe(
    'table inet filter { # handle 1\n\tchain input { # handle 1\n' +
      '\t\ttype filter hook input priority filter; policy accept;\n' +
      '\t\ttcp dport 8080 drop # handle 2\n\t\tudp dport 53 accept # handle 3\n\t}\n}\n',
  )
  expect(await nft('list table inet zz')).toEqual({
    out: '',
    err: `Error: No such file or directory\nlist table inet zz\n${' '.repeat(16)}^^\n`,
    code: 1,
  })
  expect(await nft('-z')).toEqual({ out: '', err: "nft: invalid option -- 'z'\n", code: 1 })
})
