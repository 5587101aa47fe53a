/** What single primitives of a filter test. */
import type { Address } from '../../wire/address.ts'
import { get16 } from '../../wire/bytes.ts'
import { readAddress4, readAddress6, readMac } from '../../wire/known.ts'
import { EtherType, LinkCast, Protocol } from '../../wire/packet.ts'
import { addressBits, isInPrefix, networkOf, parseAddress, parseMac } from '../../wire/parse.ts'
import type { FrameView } from './frame.ts'
import { FilterError } from './words.ts'

export type Filter = (frame: FrameView) => boolean
export type Direction = 'src' | 'dst' | 'either' | 'both'

const decide = (direction: Direction, source: boolean, destination: boolean): boolean => {
  if (direction === 'src') return source
  if (direction === 'dst') return destination
  return direction === 'both' ? source && destination : source || destination
}

/** Of IP, and of what ARP asks for and tells. */
export const addressTest =
  (direction: Direction, test: (address: Address) => boolean): Filter =>
  (frame) => {
    const { b, network, family, etherType } = frame
    if (family === 4) return decide(direction, test(readAddress4(b, network + 12)), test(readAddress4(b, network + 16)))
    if (family === 6) return decide(direction, test(readAddress6(b, network + 8)), test(readAddress6(b, network + 24)))
    if (etherType !== EtherType.ARP || b.length < network + 28) return false
    return decide(direction, test(readAddress4(b, network + 14)), test(readAddress4(b, network + 24)))
  }

export const netTest = (direction: Direction, text: string): Filter => {
  const [base = '', suffix] = text.split('/')
  const dots = base.split('.').length
  const isShort = /^\d+(\.\d+){0,2}$/.test(base)
  const address = parseAddress(isShort ? `${base}${'.0'.repeat(4 - dots)}` : base)
  if (address === null) throw new FilterError(`unknown network '${text}'`)
  const bits = addressBits(address.family)
  const length = suffix === undefined ? (isShort ? dots * 8 : bits) : Number(suffix)
  if (!(length <= bits)) throw new FilterError(`mask length must be <= ${bits}`)
  if (!networkOf(address, length).equals(address)) throw new FilterError(`non-network bits set in "${text}"`)
  return addressTest(direction, (one) => one.family === address.family && isInPrefix(one, address, length))
}

export const portTest =
  (direction: Direction, from: number, to: number): Filter =>
  ({ b, protocol, transport }) => {
    if (protocol !== Protocol.TCP && protocol !== Protocol.UDP && protocol !== 132) return false
    if (transport < 0 || transport + 4 > b.length) return false
    const source = get16(b, transport)
    const destination = get16(b, transport + 2)
    return decide(direction, source >= from && source <= to, destination >= from && destination <= to)
  }

export const macTest = (direction: Direction, id: string): Filter => {
  const wanted = parseMac(id)
  if (wanted === null) throw new FilterError(`unknown ether host '${id}'`)
  return ({ b }) => b.length >= 14 && decide(direction, readMac(b, 6).equals(wanted), readMac(b, 0).equals(wanted))
}

export const isGroup = ({ b, cast }: FrameView, broadcast: boolean): boolean => {
  if (b.length < 14) return false
  const mac = readMac(b, 0)
  if (cast === LinkCast.BROADCAST) return true
  return broadcast ? mac.isBroadcast : mac.isGroup
}

export const isIpMulticast = ({ b, family, network }: FrameView): boolean =>
  (family === 4 ? readAddress4(b, network + 16) : readAddress6(b, network + 24)).isMulticast
