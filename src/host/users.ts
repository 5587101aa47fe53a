/** Users and groups, read from /etc/passwd and /etc/group of the host as the C library does. */

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly gecos: string
  readonly home: string
  readonly shell: string
}

export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

const lines = (text: string | null): string[][] =>
  (text ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'))

export class Users {
  readonly #file: (path: string) => string | null

  constructor(file: (path: string) => string | null) {
    this.#file = file
  }

  list(): User[] {
    return lines(this.#file('/etc/passwd'))
      .filter((fields) => fields.length >= 7 && /^\d+$/.test(fields[2] ?? '') && /^\d+$/.test(fields[3] ?? ''))
      .map(([name = '', , uid, gid, gecos = '', home = '/', shell = '/bin/sh']) => ({
        name,
        uid: Number(uid),
        gid: Number(gid),
        gecos,
        home,
        shell,
      }))
  }

  groups(): Group[] {
    return lines(this.#file('/etc/group'))
      .filter((fields) => fields.length >= 3 && /^\d+$/.test(fields[2] ?? ''))
      .map(([name = '', , gid, members = '']) => ({
        name,
        gid: Number(gid),
        members: members.split(',').filter((member) => member !== ''),
      }))
  }

  byName(name: string): User | undefined {
    return this.list().find((user) => user.name === name)
  }

  byUid(uid: number): User | undefined {
    return this.list().find((user) => user.uid === uid)
  }

  /** Name of a uid, or its number in decimal. */
  nameOf(uid: number): string {
    return this.byUid(uid)?.name ?? String(uid)
  }

  groupNameOf(gid: number): string {
    return this.groups().find((group) => group.gid === gid)?.name ?? String(gid)
  }

  /** Groups that name the user as a member (initgroups(3)), beside its own. */
  groupsOf(name: string): number[] {
    return this.groups()
      .filter((group) => group.members.includes(name))
      .map((group) => group.gid)
  }
}
