/** /dev: character devices of mem(4), random(4), tty(4), and the links to a process's own descriptors. */
import type { Random } from '../../time/random.ts'
import { DeviceHandle, type MemoryDevice } from './handle.ts'
import type { DeviceDriver } from './inode.ts'
import type { FileTree } from './tree.ts'

const rdev = (major: number, minor: number): number => major * 256 + minor

/** Device numbers as Linux has them. */
const memoryDevices: readonly (readonly [name: string, device: MemoryDevice, rdev: number])[] = [
  ['null', 'null', rdev(1, 3)],
  ['zero', 'zero', rdev(1, 5)],
  ['full', 'full', rdev(1, 7)],
  ['random', 'random', rdev(1, 8)],
  ['urandom', 'random', rdev(1, 9)],
]

export const TTY_RDEV: number = rdev(5, 0)
/** /dev/pts/N is 136, N. */
export const ptsRdev = (number: number): number => rdev(136, number)
const TTY_GROUP = 5

const driverOf = (name: string, device: MemoryDevice, random: Random): DeviceDriver => {
  const fill = (buf: Uint8Array, start: number, end: number): void => {
    if (device === 'random') for (let i = start; i < end; i++) buf[i] = random.int32() & 255
    else buf.fill(0, start, end)
  }
  return { open: (inode, flags) => new DeviceHandle(inode, `/dev/${name}`, flags, device, fill) }
}

/** Fill /dev. `tty` opens the controlling terminal of whoever asks; `random` is the host's own stream. */
export const makeDevices = (tree: FileTree, random: Random, tty: DeviceDriver): void => {
  const dev = tree.newDirectory(0o755, 0, 0)
  tree.attach(tree.root, 'dev', dev)
  for (const [name, device, number] of memoryDevices)
    tree.attach(dev, name, tree.newDevice(0o666, 0, number, driverOf(name, device, random)))
  tree.attach(dev, 'tty', tree.newDevice(0o666, TTY_GROUP, TTY_RDEV, tty))
  tree.attach(dev, 'pts', tree.newDirectory(0o755, 0, 0))
  tree.attach(dev, 'shm', tree.newDirectory(0o1777, 0, 0))
  for (const [name, target] of [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
  ] as const)
    tree.attach(dev, name, tree.newSymlink(target, 0, 0))
}
