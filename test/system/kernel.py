"""Carries out socket calls on this machine's kernel: one JSON list a line in, one JSON value a line out.

`fresh` begins anew: a network namespace with `lo` alone, no sockets, an empty working directory, root.

The C library is called directly: Python's socket module checks arguments and hides errnos of its own accord.
"""
import ctypes, errno, fcntl, json, os, select, socket, struct, sys, tempfile, time

C = ctypes.CDLL(None, use_errno=True)
NAMES = {**errno.errorcode, errno.EOPNOTSUPP: 'EOPNOTSUPP'}
fds = {'bad': 99, 'null': os.open('/dev/null', os.O_RDWR)}

CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8914, 1


def fresh():
    os.setresuid(0, 0, 0)
    for one in [name for name in fds if name not in ('bad', 'null')]:
        C.close(fds.pop(one))
    if C.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack('16sh14x', b'lo', IFF_UP))
    os.chdir(tempfile.mkdtemp(dir=sys.argv[1]))
    return 0


def named(result):
    return result if result >= 0 else NAMES[ctypes.get_errno()]


def keep(name, fd):
    if fd >= 0:
        fds[name] = fd
        os.set_blocking(fd, False)
    return named(fd)


def name(call, fd):
    room = ctypes.create_string_buffer(128)
    size = ctypes.c_uint(128)
    result = call(fd, room, ctypes.byref(size))
    return room.raw[:size.value].hex() if result == 0 else named(result)


def fill(fd):
    data = bytes(65536)
    while True:
        sent = C.send(fd, data, len(data), 0)
        if sent < 0:
            return named(sent)


def recv(fd, size, flags):
    room = ctypes.create_string_buffer(max(1, size))
    got = C.recv(fd, room, size, flags)
    return named(got) if got < 0 else got if got > size else room.raw[:got].hex()


def poll(fd):
    p = select.poll()
    p.register(fd, 0x2007)
    return dict(p.poll(0)).get(fd, 0)


def get(fd, level, option):
    value = ctypes.c_int()
    size = ctypes.c_uint(4)
    result = C.getsockopt(fd, level, option, ctypes.byref(value), ctypes.byref(size))
    return value.value if result == 0 else named(result)


def sysctl(key, value):
    with open('/proc/sys/' + key.replace('.', '/'), 'w') as f:
        f.write(value)
    return 0


def table(path):
    with open(path) as f:
        return f.read()


def sendto(fd, data, to, flags):
    data, to = bytes.fromhex(data), bytes.fromhex(to)
    return named(C.sendto(fd, data, len(data), flags | 0x4000, to or None, len(to)))


def call(op, args):
    if op == 'fresh':
        return fresh()
    fd = fds.get(args[0], -1) if args else -1
    if op == 'socket':
        return keep(args[0], C.socket(*args[1:]))
    if op == 'accept':
        return keep(args[1], C.accept(fd, None, None))
    if op in ('bind', 'connect'):
        to = bytes.fromhex(args[1])
        return named(getattr(C, op)(fd, to, len(to)))
    if op in ('listen', 'shutdown'):
        return named(getattr(C, op)(fd, args[1]))
    if op == 'close':
        return named(C.close(fd))
    if op == 'sendto':
        return sendto(fd, *args[1:])
    if op == 'recv':
        return recv(fd, *args[1:])
    if op == 'poll':
        return poll(fd)
    if op == 'name':
        return name(C.getsockname, fd)
    if op == 'peer':
        return name(C.getpeername, fd)
    if op == 'set':
        value = bytes.fromhex(args[3])
        return named(C.setsockopt(fd, args[1], args[2], value, len(value)))
    if op == 'get':
        return get(fd, *args[1:])
    if op == 'fill':
        return fill(fd)
    if op == 'states':
        return table('/proc/net/tcp') + table('/proc/net/tcp6')
    if op == 'sysctl':
        return sysctl(*args)
    if op == 'uid':
        os.setresuid(args[0], args[0], 0)
        return 0
    if op == 'file':
        open(args[0], 'w').close()
        return 0
    if op == 'wait':
        time.sleep(args[0])
        return 0
    raise ValueError(op)


for line in sys.stdin:
    op, *args = json.loads(line)
    print(json.dumps(call(op, args)), flush=True)
