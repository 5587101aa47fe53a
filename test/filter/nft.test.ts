import { describe, expect, test } from 'vitest'
import { Firewall, runNft } from '../../src/filter/index.ts'
import { Network } from '../../src/network/index.ts'
import { answerOf, batch, FAMILIES, RULES } from './nft-corpus.ts'
import { readRecorded } from './recorded.ts'

const NFT = readRecorded()
const SERVICES: Readonly<Record<string, number>> = { http: 80, domain: 53, ssh: 22 }

/** What our nft lists of a rule, or says against it. */
const ours = (family: string, rule: string): string => {
  const { ctx, stack } = new Network().host('a', { address: '10.0.0.1/24' })
  const firewall = new Firewall(ctx, stack.ip)
  const { stderr } = runNft(firewall, batch(family, rule), {
    file: 'rules',
    service: (name) => SERVICES[name] ?? -1,
  })
  return answerOf(stderr, runNft(firewall, 'list ruleset').stdout)
}

describe.each(FAMILIES)('as nft answered, table %s', (family) => {
  test.each(RULES)('%s', (rule) => {
    expect(ours(family, rule)).toBe(NFT[`${family} ${rule}`])
  })
})

test('what is listed is loaded again as the same', () => {
  for (const family of FAMILIES)
    for (const rule of RULES) {
      const listed = ours(family, rule)
      // A set that merging left with one element is none when it is read again.
      const again = listed.replace(/\{ ([^,{}]+) \}/g, '$1')
      if (!listed.includes('Error:')) expect(ours(family, listed)).toBe(again)
    }
})

test('the elements of a set may stand on lines of their own', () => {
  expect(ours('inet', 'tcp dport {\n 22,\n 80 }\n accept')).toContain('Error')
  expect(ours('inet', 'tcp dport {\n 22,\n 80\n } accept')).toBe('tcp dport { 22, 80 } accept')
})
