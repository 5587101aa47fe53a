/**
 * One kernel setting. A layer keeps its settings as plain fields (they are read on hot paths) and describes them with
 * these entries; the host joins the entries of all layers into `host.sysctl`.
 */
export interface SysctlEntry {
  /** Linux's name: `net.ipv4.tcp_syn_retries`. */
  readonly name: string
  /** As `sysctl -n` prints it; several values are joined by tabs. */
  get(): string
  /** Zero, or a negative errno: EINVAL for what Linux refuses. */
  set(text: string): number
}
