/** One pair in one place. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Network } from '../../src/index.node.ts'
import { onKernel } from './on-kernel.ts'
import { onNetwork } from './on-network.ts'
import type { Case, Pair } from './pairs.ts'

export const PROGRAMS = resolve('test/compat/programs')
const DUMP = resolve('.cache/compat/postgres.tar')

/** Making a database takes several seconds, loading one takes one. */
const makeDump = (): void => {
  if (existsSync(DUMP)) return
  mkdirSync(dirname(DUMP), { recursive: true })
  const { status } = spawnSync(process.execPath, [`${PROGRAMS}/postgres/dump.mjs`, DUMP], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${PROGRAMS}/postgres/dump.mjs failed`)
}

/** Kernel's transcripts by pair. */
const transcripts = new Map<string, string>()

/** Runs the case; on virtual hosts it must give the transcript that it gave on the kernel. */
export const runCase = async (
  network: typeof Network,
  pair: Pair,
  one: Case,
): Promise<{ got: string; wanted: string }> => {
  if (pair.usesDump === true) makeDump()
  const env = pair.usesDump === true ? { PGDUMP: DUMP } : {}
  if (one.place === 'kernel') transcripts.set(pair.name, await onKernel(pair, PROGRAMS, process.execPath, env))
  const wanted = transcripts.get(pair.name)
  if (wanted === undefined) throw new Error(`${pair.name} has not passed on the kernel`)
  return { wanted, got: one.place === 'kernel' ? wanted : await onNetwork(network, pair, one, PROGRAMS, env) }
}
