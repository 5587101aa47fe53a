import fs from 'node:fs'
import type { Stat } from '../../host/index.ts'
import { uv } from '../errno.ts'
import { errnoException } from '../internals.ts'

const BLOCK = 4096
const SECTOR = 512
const NS_PER_MS = 1_000_000

const fieldsOf = (stat: Stat): Record<string, number> => ({
  dev: stat.dev,
  mode: stat.mode,
  nlink: stat.nlink,
  uid: stat.uid,
  gid: stat.gid,
  rdev: stat.rdev,
  blksize: BLOCK,
  ino: stat.ino,
  size: stat.size,
  blocks: Math.ceil(stat.size / BLOCK) * (BLOCK / SECTOR),
  atimeMs: stat.atime,
  mtimeMs: stat.mtime,
  ctimeMs: stat.ctime,
  birthtimeMs: stat.ctime,
})

const datesOf = (stat: Stat): Record<string, Date> => ({
  atime: new Date(stat.atime),
  mtime: new Date(stat.mtime),
  ctime: new Date(stat.ctime),
  birthtime: new Date(stat.ctime),
})

/** `fs.Stats` (or its form of bigints) of a file on a virtual host; throws for an errno. */
export const statsOf = (stat: Stat | number, isBig: boolean): fs.Stats | fs.BigIntStats => {
  if (typeof stat === 'number') throw errnoException(uv(stat), 'stat')
  const fields = fieldsOf(stat)
  const prototype: object = Object.getPrototypeOf(
    isBig ? fs.statSync('/', { bigint: true }) : fs.statSync('/'),
  ) as object
  const values = isBig
    ? {
        ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, BigInt(Math.floor(value))])),
        ...Object.fromEntries(
          (['atime', 'mtime', 'ctime'] as const).map((name) => [
            `${name}Ns`,
            BigInt(Math.floor(stat[name] * NS_PER_MS)),
          ]),
        ),
        birthtimeNs: BigInt(Math.floor(stat.ctime * NS_PER_MS)),
      }
    : fields
  const made: object = Object.create(prototype) as object
  for (const [name, value] of Object.entries({ ...values, ...datesOf(stat) }))
    Object.defineProperty(made, name, { value, writable: true, enumerable: true, configurable: true })
  return made as fs.Stats
}
