/**
 * Stryker tests every mutant that it makes and has no sampling. A checker is the place where it asks whether a mutant is
 * worth running: this one says no to all that are not in the sample, whose file the environment names.
 */
import { readFileSync } from 'node:fs'
import { type Checker, type CheckResult, CheckStatus } from '@stryker-mutator/api/check'
import type { Mutant } from '@stryker-mutator/api/core'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { keyOf } from './sample.ts'

export const NOT_SAMPLED = 'not in the sample'

class SampleChecker implements Checker {
  #sample = new Set<string>()
  #root = process.cwd()

  async init(): Promise<void> {
    const file = process.env['SOQUETE_MUTATE_SAMPLE']
    const root = process.env['SOQUETE_MUTATE_ROOT']
    if (file === undefined || root === undefined) throw new Error('SOQUETE_MUTATE_SAMPLE and _ROOT are not set')
    this.#sample = new Set(JSON.parse(readFileSync(file, 'utf8')) as string[])
    this.#root = root
  }

  async check(mutants: Mutant[]): Promise<Record<string, CheckResult>> {
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, this.#judge(mutant)]))
  }

  async group(mutants: Mutant[]): Promise<string[][]> {
    return [mutants.map(({ id }) => id)]
  }

  #judge(mutant: Mutant): CheckResult {
    if (this.#sample.has(keyOf(mutant, this.#root))) return { status: CheckStatus.Passed }
    return { status: CheckStatus.CompileError, reason: NOT_SAMPLED }
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', SampleChecker)]
