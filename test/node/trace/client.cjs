const net = require('node:net')

function ask() {
  const socket = net.connect(7, 'server')
  socket.write('early')
  socket.once('data', function answered() {
    socket.write('late')
  })
}

ask()
