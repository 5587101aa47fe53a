/** The tree of a small Debian, before anybody has added to it. */
import { hostsText, protocolsText, servicesText } from '../etc/index.ts'
import type { DirectoryInode } from './inode.ts'
import type { FileTree } from './tree.ts'

const directories: readonly (readonly [path: string, mode?: number, uid?: number, gid?: number])[] = [
  ['/etc'],
  ['/home'],
  ['/home/user', 0o755, 1000, 1000],
  ['/root', 0o700],
  ['/run'],
  ['/run/lock', 0o1777],
  ['/srv'],
  ['/tmp', 0o1777],
  ['/usr'],
  ['/usr/bin'],
  ['/usr/sbin'],
  ['/usr/local'],
  ['/usr/local/bin'],
  ['/usr/share'],
  ['/usr/lib'],
  ['/var'],
  ['/var/log'],
  ['/var/lib'],
  ['/var/tmp', 0o1777],
  ['/mnt'],
  ['/opt'],
]

/** Debian's merged /usr, and /var/run. */
const links: readonly (readonly [path: string, target: string])[] = [
  ['/bin', 'usr/bin'],
  ['/sbin', 'usr/sbin'],
  ['/lib', 'usr/lib'],
  ['/var/run', '/run'],
  ['/var/lock', '/run/lock'],
]

const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
user:x:1000:1000:user:/home/user:/bin/sh
`

const GROUP = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
www-data:x:33:
users:x:100:
nogroup:x:65534:
user:x:1000:
`

const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`

const NSSWITCH = `passwd:         files
group:          files
hosts:          files dns
services:       files
protocols:      files
`

export const makeDefaultTree = (tree: FileTree, hostname: string): void => {
  for (const [path, mode = 0o755, uid = 0, gid = 0] of directories) {
    const [dir, name] = parentOf(tree, path)
    tree.attach(dir, name, tree.newDirectory(mode, uid, gid))
  }
  for (const [path, target] of links) {
    const [dir, name] = parentOf(tree, path)
    tree.attach(dir, name, tree.newSymlink(target, 0, 0))
  }
  const files: Readonly<Record<string, string>> = {
    '/etc/hostname': `${hostname}\n`,
    '/etc/hosts': hostsText([]),
    '/etc/services': servicesText(),
    '/etc/protocols': protocolsText(),
    '/etc/resolv.conf': '',
    '/etc/passwd': PASSWD,
    '/etc/group': GROUP,
    '/etc/os-release': OS_RELEASE,
    '/etc/debian_version': '12.8\n',
    '/etc/nsswitch.conf': NSSWITCH,
    '/etc/shells': '/bin/sh\n/bin/bash\n',
  }
  for (const [path, text] of Object.entries(files)) {
    const [dir, name] = parentOf(tree, path)
    const inode = tree.newFile(0o644, 0, 0)
    const bytes = new TextEncoder().encode(text)
    inode.content.write(0, bytes, 0, bytes.length)
    tree.attach(dir, name, inode)
  }
}

const parentOf = (tree: FileTree, path: string): readonly [DirectoryInode, string] => {
  const names = path.split('/').slice(1)
  const last = names.pop() as string
  let dir = tree.root
  for (const name of names) {
    const next = dir.entries.get(name)
    if (next?.kind !== 'directory') throw new Error(`invariant: ${path} comes after its directory`)
    dir = next
  }
  return [dir, last]
}
