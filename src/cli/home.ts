/** What the home directory of the shell's own host holds: something to look at, and to serve. */

const BASHRC = `alias ls='ls --color=auto'
alias ll='ls -l'
alias grep='grep --color=auto'
`

export const HOME_FILES: Readonly<Record<string, string>> = {
  '/root/.bashrc': BASHRC,
  '/root/hello.txt': `Hello from a virtual host.

Serve this directory:       python3 -m http.server 8080      (^Z, then: bg)
See who holds the port:     lsof -i4:8080
Connect to it:              telnet localhost 8080            (^] leaves)
`,
  '/root/docs/ports.txt': `A port is a 16-bit number in a TCP or UDP header. It exists whether or not anything uses it.
0-1023 system, 1024-49151 user, 49152-65535 dynamic (RFC 6335); Linux takes ephemeral ports from 32768-60999.
`,
  '/root/docs/sockets.txt': `A socket is an object in a host's kernel that a process holds by a descriptor. bind gives it a port, listen makes
it a listener, accept creates a new socket for each connection, with the listener's port.
`,
}
