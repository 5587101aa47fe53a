/** nft(8), of nftables 1.0.6, on the host's own firewall. */
import { runNft } from '../filter/index.ts'
import { parseServices } from '../host/etc/services.ts'
import { firewallOf } from '../host/firewall.ts'
import type { Process, Program } from '../host/index.ts'
import { strerror } from '../wire/errno.ts'
import { parseArguments } from './args.ts'
import { chunks, closeInput, openInput } from './core/output.ts'
import { complainText, writeOut } from './output.ts'

const VERSION = 'nftables v1.0.6 (Lester Gooch #5)\n'

/** The text of a file or of standard input; a negative errno when it cannot be read. */
const readText = async (proc: Process, path: string): Promise<string | number> => {
  const fd = await openInput(proc, path)
  if (fd < 0) return fd
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunks(proc, fd)) {
    if (typeof chunk === 'number') {
      closeInput(proc, fd)
      return chunk
    }
    text += decoder.decode(chunk, { stream: true })
  }
  closeInput(proc, fd)
  return text
}

const fail = async (proc: Process, text: string): Promise<number> => {
  await complainText(proc, text)
  return 1
}

export const program: Program = {
  name: 'nft',
  async main(proc) {
    const { options, operands, error } = parseArguments('nft', proc.argv.slice(1), {
      short: 'acf:v',
      long: {
        handle: 'a',
        check: 'c',
        file: { as: 'f', argument: 'required' },
        version: 'v',
      },
      // Words of a command may begin with a hyphen: `priority -10`.
      permute: false,
    })
    if (error !== undefined) return await fail(proc, `${error}\n`)
    const has = (name: string): boolean => options.some((option) => option.name === name)
    if (has('v')) return (await writeOut(proc, VERSION)) ? 0 : 1
    if (!proc.privileged)
      return await fail(
        proc,
        'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n',
      )
    const file = options.findLast(({ name }) => name === 'f')?.value
    if (file === undefined && operands.length === 0) return await fail(proc, 'nft: no command specified\n')
    const text = file === undefined ? operands.join(' ') : await readText(proc, file)
    if (typeof text === 'number')
      return await fail(proc, `internal:0:0-0: Error: Could not open file "${file}": ${strerror(text)}\n\n\n`)
    const { stdout, stderr, code } = runNft(firewallOf(proc.host), text, {
      handles: has('a'),
      check: has('c'),
      file: file === '-' ? '/dev/stdin' : (file ?? null),
      service: (name) => parseServices(proc.host.names.file('/etc/services') ?? '').byName(name)?.port ?? -1,
    })
    await complainText(proc, stderr)
    return (await writeOut(proc, stdout)) ? code : 1
  },
}
