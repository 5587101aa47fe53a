/**
 * A topology as data: the same object in a YAML file, in code, in a test and in a bug report.
 *
 * Durations are `'20ms'` or nanoseconds; rates `'10mbit'` or bits a second; probabilities `0.01` or `'1%'`.
 */
import type { ImpairmentOptions } from '../../link/impairment.ts'

export interface InterfaceSpec {
  /** `10.0.0.1/24`; several for IPv4 and IPv6. */
  readonly address?: string | readonly string[]
  readonly mac?: string
  readonly mtu?: number
}

export interface RouteSpec {
  /** `default`, or `10.1.0.0/16`. */
  readonly to: string
  readonly via?: string
  readonly dev?: string
  readonly metric?: number
}

export interface ProgramSpec {
  /** A command line, run by the host's `sh`. */
  readonly run: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** When to start it, from the network's start. */
  readonly at?: string | number
  readonly user?: string
}

export interface HostSpec {
  /** Of eth0; more interfaces in `interfaces`. */
  readonly address?: string | readonly string[]
  readonly mac?: string
  readonly mtu?: number
  readonly interfaces?: Readonly<Record<string, InterfaceSpec>>
  /** Default route. */
  readonly gateway?: string | readonly string[]
  readonly routes?: readonly RouteSpec[]
  /** Lines of /etc/resolv.conf. */
  readonly nameservers?: readonly string[]
  readonly search?: readonly string[]
  readonly sysctl?: Readonly<Record<string, string | number>>
  /** Path to text. */
  readonly files?: Readonly<Record<string, string>>
  /** Names added in front of /etc/services: `webcache: 8080/tcp`. */
  readonly services?: Readonly<Record<string, string>>
  /** nft commands, or a whole ruleset. */
  readonly firewall?: string
  readonly programs?: readonly (ProgramSpec | string)[]
}

/** Both directions alike, or `forward` (from the first to the second end) and `backward` apart. */
export interface LinkOptions extends ImpairmentOptions {
  readonly mtu?: number
  /** false: MSS-sized frames; fixed when the link is made. Default true. */
  readonly offload?: boolean
  readonly forward?: ImpairmentOptions
  readonly backward?: ImpairmentOptions
}

export interface LinkSpec extends LinkOptions {
  /** `host`, `host:eth1` or a switch. */
  readonly between: readonly [string, string]
}

export type FaultKind = 'partition' | 'hold'

export interface FaultSpec {
  readonly at: string | number
  /** Undone after this long; absent: stays. */
  readonly for?: string | number
  /** Cut between two hosts or groups of hosts. */
  readonly partition?: readonly [string | readonly string[], string | readonly string[]]
  /** Hold packets back between two hosts until undone. */
  readonly hold?: readonly [string | readonly string[], string | readonly string[]]
  /** Only from the first to the second. */
  readonly oneWay?: boolean
  /** Change a link: its two ends as in `links`. */
  readonly link?: readonly [string, string]
  readonly set?: ImpairmentOptions
}

export interface Topology {
  readonly seed?: number | string
  readonly time?: 'virtual' | 'real'
  readonly packets?: 'records' | 'bytes'
  /** Date at network time zero, ISO 8601. */
  readonly start?: string
  readonly hosts: Readonly<Record<string, HostSpec>>
  readonly switches?: readonly string[]
  readonly links?: readonly LinkSpec[]
  readonly faults?: readonly FaultSpec[]
}
