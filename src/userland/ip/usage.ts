/** What `help` says: the forms that are understood here. */

export const IP_USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbor | neighbour | route | help }
       OPTIONS := { -V[ersion] | -s[tatistics] | -f[amily] { inet | inet6 } |
                    -4 | -6 | -br[ief] | -o[neline] }`

export const ADDRESS_USAGE = `Usage: ip address {add|change|replace} IFADDR dev IFNAME
       ip address del IFADDR dev IFNAME
       ip address flush [ dev IFNAME ] [ scope SCOPE-ID ]
                        [ to PREFIX ] [ primary | secondary ] [up]
       ip address [ show [ dev IFNAME ] [ scope SCOPE-ID ]
                         [ to PREFIX ] [ primary | secondary ] [up] ]
IFADDR := PREFIX [ broadcast ADDR ] [ scope SCOPE-ID ]
SCOPE-ID := [ host | link | global ]`

export const LINK_USAGE = `Usage: ip link set { DEVICE | dev DEVICE }
\t\t[ { up | down } ]
\t\t[ promisc { on | off } ]
\t\t[ mtu MTU ]

\tip link show [ DEVICE ] [up]`

export const ROUTE_USAGE = `Usage: ip route { list | flush } SELECTOR
       ip route get ADDRESS [ from ADDRESS ] [ oif STRING ]
       ip route { add | del | change | append | prepend | replace } ROUTE
SELECTOR := [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ]
            [ table TABLE_ID ] [ proto RTPROTO ] [ via ADDRESS ]
            [ dev STRING ] [ src ADDRESS ] [ type TYPE ] [ scope SCOPE ]
ROUTE := [ TYPE ] PREFIX [ via [ FAMILY ] ADDRESS ] [ dev STRING ]
         [ proto RTPROTO ] [ scope SCOPE ] [ metric METRIC ]
         [ src ADDRESS ] [ mtu NUMBER ] [ onlink ]
FAMILY := [ inet | inet6 ]
TYPE := { unicast | unreachable | prohibit | blackhole }
TABLE_ID := [ local | main | all ]
SCOPE := [ host | link | global ]
RTPROTO := [ kernel | boot | static ]`

export const NEIGHBOUR_USAGE = `Usage: ip neigh { add | del | change | replace }
                { ADDR [ lladdr LLADDR ] [ nud STATE ] } [ dev DEV ]

\tip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]
\tip neigh get ADDR dev DEV

STATE := { delay | failed | incomplete | noarp |
           permanent | probe | reachable | stale }`
