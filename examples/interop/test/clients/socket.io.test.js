// socket.io-client over the drop-in class, with the server of Socket.IO.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { listen } from '../../common/listen.js'
import { clientOver } from './support/behaviour.js'

async function start() {
  const http = createServer()
  const harbour = new Server(http, { pingInterval: 500, pingTimeout: 60_000 })
  let goAway = () => {}
  harbour.engine.on('connection', (connection) => {
    goAway = () => connection.close()
  })
  harbour.on('connection', (socket) => {
    socket.on('say', (text) => harbour.emit('line', text))
  })
  const { port, close } = await listen(http)
  return { port, close, goAway: () => goAway() }
}

clientOver('socket.io', { scheme: 'http', start, whereBothReconnect: 'leaves a second connection behind' })
