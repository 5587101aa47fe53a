/** What Python 3.11 prints when the server cannot start. */

const frame = (file: string, line: number, name: string, code: string): string =>
  `  File "${file}", line ${line}, in ${name}\n${code === '' ? '' : `    ${code}\n`}`

const LIB = '/usr/lib/python3.11'
const START =
  'Traceback (most recent call last):\n' +
  frame('<frozen runpy>', 198, '_run_module_as_main', '') +
  frame('<frozen runpy>', 88, '_run_code', '') +
  frame(`${LIB}/http/server.py`, 1313, '<module>', 'test(')

export const bindTraceback = (error: string): string =>
  START +
  frame(`${LIB}/http/server.py`, 1260, 'test', 'with ServerClass(addr, HandlerClass) as httpd:') +
  `         ${'^'.repeat(31)}\n` +
  frame(`${LIB}/socketserver.py`, 456, '__init__', 'self.server_bind()') +
  frame(`${LIB}/http/server.py`, 1307, 'server_bind', 'return super().server_bind()') +
  `           ${'^'.repeat(21)}\n` +
  frame(`${LIB}/http/server.py`, 136, 'server_bind', 'socketserver.TCPServer.server_bind(self)') +
  frame(`${LIB}/socketserver.py`, 472, 'server_bind', 'self.socket.bind(self.server_address)') +
  `${error}\n`

export const resolveTraceback = (error: string): string =>
  START +
  frame(`${LIB}/http/server.py`, 1258, 'test', 'ServerClass.address_family, addr = _get_best_family(bind, port)') +
  `                                       ${'^'.repeat(28)}\n` +
  frame(`${LIB}/http/server.py`, 1241, '_get_best_family', 'infos = socket.getaddrinfo(') +
  `            ${'^'.repeat(19)}\n` +
  frame(
    `${LIB}/socket.py`,
    962,
    'getaddrinfo',
    'for res in _socket.getaddrinfo(host, port, family, type, proto, flags):',
  ) +
  `               ${'^'.repeat(60)}\n` +
  `${error}\n`
