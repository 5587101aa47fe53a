import { groupMac } from '../link/group.ts'
import type { NetworkInterface } from '../link/interface.ts'
import { Address } from '../wire/address.ts'
import { EADDRNOTAVAIL, EINVAL } from '../wire/errno.ts'

/** 224.0.0.1, every host of the link (RFC 1112 4). */
export const ALL_HOSTS: Address = Address.v4(0xe0000001)
/** ff02::1, every node of the link (RFC 4291 2.7.1). */
export const ALL_NODES: Address = Address.v6(0xff020000, 0, 0, 1)

/** A group joined on an interface, as `ip maddr` lists it. */
export interface Membership {
  readonly group: Address
  /** Joins that were not left. */
  readonly users: number
}

interface Counted {
  readonly group: Address
  users: number
}

/**
 * Which groups each interface hears (RFC 1112 7.1): joins are counted, the interface's link filter follows. No IGMP is
 * spoken: the switches here carry every group to every port, so nobody needs to be told.
 */
export class Groups {
  readonly #byInterface = new Map<NetworkInterface, Counted[]>()

  /** EINVAL unless it is a group. */
  join(group: Address, iface: NetworkInterface): number {
    if (!group.isMulticast) return -EINVAL
    const list = this.#byInterface.get(iface) ?? []
    this.#byInterface.set(iface, list)
    const member = list.find((one) => one.group.equals(group))
    if (member !== undefined) {
      member.users++
      return 0
    }
    list.push({ group, users: 1 })
    iface.joinLinkGroup(groupMac(group))
    return 0
  }

  /** EADDRNOTAVAIL when it was not joined. */
  leave(group: Address, iface: NetworkInterface): number {
    const list = this.#byInterface.get(iface) ?? []
    const at = list.findIndex((one) => one.group.equals(group))
    const member = list[at]
    if (member === undefined) return -EADDRNOTAVAIL
    if (--member.users > 0) return 0
    list.splice(at, 1)
    iface.leaveLinkGroup(groupMac(group))
    return 0
  }

  has(group: Address, iface: NetworkInterface): boolean {
    const list = this.#byInterface.get(iface)
    if (list === undefined) return false
    for (let i = 0; i < list.length; i++) if ((list[i] as Counted).group.equals(group)) return true
    return false
  }

  list(iface: NetworkInterface): readonly Membership[] {
    return this.#byInterface.get(iface) ?? []
  }
}
