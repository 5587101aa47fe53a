/**
 * The programs of a virtual host, a file or folder each: what they print, their flags and their exit codes are those of
 * Debian's programs. They see a host through their process alone.
 */
import type { Program, Reporter } from '../host/index.ts'
import { CORE_PROGRAMS } from './core/index.ts'
import { program as curl } from './curl/index.ts'
import { program as hostname } from './hostname.ts'
import { program as httpServer, pythonProgram } from './http-server/index.ts'
import { program as ip } from './ip/index.ts'
import { program as lsof, lsofReport } from './lsof/index.ts'
import { sourceOf } from './lsof/source.ts'
import { program as nc } from './nc/index.ts'
import { program as netstat } from './netstat/index.ts'
import { program as nft } from './nft.ts'
import { program as nstat } from './nstat.ts'
import { program as ping } from './ping/index.ts'
import { program as sh } from './sh/index.ts'
import { program as ss, report as ssReport } from './ss/index.ts'
import { program as sysctl } from './sysctl.ts'
import { program as tcpdump } from './tcpdump/index.ts'
import { program as telnet } from './telnet/index.ts'

export const programs: readonly Program[] = [
  sh,
  hostname,
  sysctl,
  ip,
  ping,
  ss,
  lsof,
  tcpdump,
  telnet,
  nc,
  netstat,
  nft,
  nstat,
  curl,
  httpServer,
  pythonProgram,
  ...CORE_PROGRAMS,
]

/** Tools that answer at once: `host.lsof()`. */
export const reports: Readonly<Record<string, Reporter>> = {
  lsof: (host, argv) => lsofReport(argv, sourceOf(host.init)),
  ss: ssReport,
}
