/** Kernel settings: what `defaults.sh` means here, and setting them by name. */
import type { Host } from '../../host/index.ts'
import { ENOENT, errnoName } from '../../wire/errno.ts'
import { refused } from '../failure.ts'

/**
 * The Linux that scripts are written for, where it is not the default of every Linux anyway: receive buffers of up to 15 MB,
 * so that the window scale is 8; all else is said so that one script's settings are seen to be complete.
 */
export const LINUX_PROFILE: Readonly<Record<string, string>> = {
  'net.ipv4.tcp_congestion_control': 'cubic',
  'net.ipv4.tcp_dsack': '1',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_moderate_rcvbuf': '1',
  'net.ipv4.tcp_reordering': '3',
  'net.ipv4.tcp_rmem': '4096 131072 15728640',
  'net.ipv4.tcp_sack': '1',
  'net.ipv4.tcp_slow_start_after_idle': '1',
  'net.ipv4.tcp_syncookies': '1',
  'net.ipv4.tcp_syn_retries': '6',
  'net.ipv4.tcp_synack_retries': '5',
  'net.ipv4.tcp_timestamps': '1',
  'net.ipv4.tcp_window_scaling': '1',
  'net.ipv4.tcp_wmem': '4096 16384 4194304',
}

/** @throws ScriptError naming a setting that the stack does not have, or a value that it refuses */
export const setSysctl = (host: Host, name: string, value: string, line: number): void => {
  const error = host.sysctl.set(name, value)
  if (error === -ENOENT) throw refused(line, `this stack has no sysctl ${name}`)
  if (error < 0) throw refused(line, `sysctl ${name} cannot be "${value}" (${errnoName(error)})`)
}
