import type { Address } from '../wire/address.ts'
import { copyBytes } from '../wire/bytes.ts'
import type { SendChoices } from './types.ts'

/** A datagram that is being put together (UDP_CORK, MSG_MORE): its destination is that of the first piece. */
export class Cork {
  readonly address: Address
  readonly port: number
  readonly choices: SendChoices | null
  bytes = new Uint8Array(512)
  length = 0

  constructor(address: Address, port: number, choices: SendChoices | null) {
    this.address = address
    this.port = port
    this.choices = choices
  }

  append(buf: Uint8Array, start: number, end: number): void {
    const need = this.length + end - start
    if (need > this.bytes.length) {
      let size = this.bytes.length
      while (size < need) size *= 2
      const larger = new Uint8Array(size)
      copyBytes(this.bytes, 0, this.length, larger, 0)
      this.bytes = larger
    }
    this.length = copyBytes(buf, start, end, this.bytes, this.length)
  }

  clear(): void {
    this.length = 0
  }
}
