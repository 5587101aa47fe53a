/** `soquete packetdrill`: scripts in packetdrill's language, in virtual time. */
import { type Command, Option } from 'commander'
import { nodePlatform } from '../node/platform.ts'
import {
  IP_VERSIONS,
  type IpVersion,
  parseScript,
  runScript,
  type Script,
  ScriptError,
  type ScriptOption,
  setupOf,
  versionsOf,
} from '../packetdrill/index.ts'
import { readText } from './build-network.ts'
import { UsageError } from './usage-error.ts'

interface PacketdrillOptions {
  readonly ip_version?: IpVersion
  readonly tolerance_usecs?: string
  readonly strict_segments?: boolean
  readonly verbose?: boolean
  readonly quiet?: boolean
}

const HELP = `
Each script runs once for each IP version, on a host of its own. Exit code: 0 when all pass, 1 when one fails, 2 when one
cannot be read or asks for something that is not here. Options of packetdrill go on a script's first lines, too.

Examples:
  soquete packetdrill handshake.pkt
  soquete packetdrill --ip_version=ipv6 -v *.pkt
`

export const addPacketdrillCommand = (program: Command, finish: (code: number) => void): void => {
  program
    .command('packetdrill')
    .description("run scripts in packetdrill's language against a virtual host, in virtual time")
    .argument('<files...>', 'scripts (.pkt)')
    .addOption(new Option('--ip_version <version>', 'one of the variants only').choices(IP_VERSIONS))
    .option('--tolerance_usecs <count>', 'how far off a time may be (default: 4000)')
    .option('--strict_segments', 'one line is one segment, never several')
    .option('-v, --verbose', 'print each event as it happens')
    .option('-q, --quiet', 'print failures only')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: PacketdrillOptions) => {
      finish(await packetdrill(files, options))
    })
}

const PASSED = 0
const FAILED = 1
const UNUSABLE = 2

const packetdrill = async (files: readonly string[], options: PacketdrillOptions): Promise<number> => {
  let worst = PASSED
  let runs = 0
  let failures = 0
  for (const file of files) {
    const text = readText(file)
    for (const result of await runFile(file, text, options)) {
      runs++
      if (result.code !== PASSED) failures++
      worst = Math.max(worst, result.code)
    }
  }
  if (options.quiet !== true) process.stdout.write(`${runs - failures} of ${runs} passed\n`)
  return worst
}

const fromCommandLine = (options: PacketdrillOptions): ScriptOption[] => {
  const found: ScriptOption[] = []
  if (options.tolerance_usecs !== undefined)
    found.push({ line: 0, name: 'tolerance_usecs', value: options.tolerance_usecs })
  if (options.strict_segments === true) found.push({ line: 0, name: 'strict_segments', value: '' })
  return found
}

interface Result {
  readonly code: number
}

const runFile = async (file: string, text: string, options: PacketdrillOptions): Promise<readonly Result[]> => {
  let script: Script
  let versions: readonly IpVersion[]
  const all = fromCommandLine(options)
  try {
    script = parseScript(text)
    const wanted = options.ip_version
    versions = versionsOf(script.options).filter((version) => wanted === undefined || version === wanted)
    for (const version of versions) setupOf([...script.options, ...all], version)
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    if (error.line === 0) throw new UsageError(error.message)
    return [failure(file, error)]
  }
  const results: Result[] = []
  for (const version of versions) results.push(await runVariant(file, script, all, version, options))
  return results
}

const runVariant = async (
  file: string,
  script: Script,
  all: readonly ScriptOption[],
  version: IpVersion,
  options: PacketdrillOptions,
): Promise<Result> => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  try {
    await runScript(script, setupOf([...script.options, ...all], version), {
      platform: nodePlatform(),
      print: say,
      ...(options.verbose === true ? { trace: say } : {}),
    })
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    return failure(`${file}`, error, version)
  }
  if (options.quiet !== true) say(`ok   ${file} (${version})`)
  return { code: PASSED }
}

const failure = (file: string, error: ScriptError, version?: IpVersion): Result => {
  const variant = version === undefined ? '' : ` (${version})`
  process.stdout.write(`FAIL ${file}${variant}\n`)
  process.stderr.write(`${error.describe(file)}\n`)
  return { code: error.kind === 'failed' ? FAILED : UNUSABLE }
}
