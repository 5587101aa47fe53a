/** `/etc/protocols`: names of the protocols that IP carries (protocols(5)). */

export interface ProtocolEntry {
  readonly name: string
  readonly number: number
  readonly aliases: readonly string[]
}

/** `name number alias`: what a host of ours speaks or may meet in a capture. */
const PROTOCOLS = `
ip 0 IP; hopopt 0 HOPOPT; icmp 1 ICMP; igmp 2 IGMP; ipencap 4 IP-ENCAP; tcp 6 TCP; egp 8 EGP; udp 17 UDP; dccp 33 DCCP;
ipv6 41 IPv6; ipv6-route 43 IPv6-Route; ipv6-frag 44 IPv6-Frag; rsvp 46 RSVP; gre 47 GRE; esp 50 IPSEC-ESP;
ah 51 IPSEC-AH; ipv6-icmp 58 IPv6-ICMP; ipv6-nonxt 59 IPv6-NoNxt; ipv6-opts 60 IPv6-Opts; eigrp 88 EIGRP;
ospf 89 OSPFIGP; ipip 94 IPIP; etherip 97 ETHERIP; pim 103 PIM; ipcomp 108 IPCOMP; vrrp 112 VRRP; l2tp 115 L2TP;
sctp 132 SCTP; mobility-header 135 Mobility-Header; udplite 136 UDPLite; mpls-in-ip 137 MPLS-in-IP; mptcp 262 MPTCP
`

/** The text of a host's `/etc/protocols`. */
export function protocolsText(): string {
  const lines = PROTOCOLS.trim()
    .split(/;\s+/)
    .map((packed) => packed.replaceAll(' ', '\t'))
  return `# Internet (IP) protocols\n\n${lines.join('\n')}\n`
}

/** Reads a protocols file; the first line that fits decides. Names in any case. */
export function parseProtocols(text: string): {
  readonly entries: readonly ProtocolEntry[]
  byNumber(number: number): string | undefined
  byName(name: string): number | undefined
} {
  const entries = text.split('\n').flatMap((line): ProtocolEntry[] => {
    const [name, number, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (name === undefined || !/^[0-9]{1,3}$/.test(number ?? '')) return []
    return [{ name, number: Number(number), aliases }]
  })
  const named = (name: string): ((entry: ProtocolEntry) => boolean) => {
    const lower = name.toLowerCase()
    return (entry) => [entry.name, ...entry.aliases].some((own) => own.toLowerCase() === lower)
  }
  return {
    entries,
    byNumber: (number) => entries.find((entry) => entry.number === number)?.name,
    byName: (name) => entries.find(named(name))?.number,
  }
}
