/** poll(2). */
import type { PollFd } from '../../../host/promises/index.ts'
import type { Call } from './outcome.ts'
import { settled } from './outcome.ts'

const poll: Call = async (world, args) => {
  args.count(3)
  const wrong = () => args.wrong(0, 'a list of {fd=, events=, revents=}')
  const entries = args.list(0).map((item) => {
    const fields = args.fields(item, wrong).only('fd', 'events', 'revents')
    const entry: PollFd = { fd: args.descriptor(fields.int('fd')), events: fields.int('events'), revents: 0 }
    return { entry, fields }
  })
  const fds = entries.slice(0, args.int(1)).map(({ entry }) => entry)
  const result = await settled(world.process.promises.poll(fds, args.int(2)))
  return {
    result,
    verify: () => {
      for (const { entry, fields } of entries)
        if (fields.has('revents'))
          args.same(`revents of descriptor ${fields.int('fd')}`, fields.expr('revents'), entry.revents ?? 0)
    },
  }
}

export const readinessCalls: Readonly<Record<string, Call>> = { poll }
