// A greeting on `ws`. Shows open, message and a clean close: whoever tells a name is greeted, and five seconds later the
// server closes with 1000. That is the end (RFC 6455, section 7.4.1), so Hawser does not come back.
import { createServer } from 'node:http'
import { createSocket } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

/**
 * @param {object} [options]
 * @param {number} [options.closeAfter] milliseconds from the greeting to the close
 */
export async function startGreeting({ closeAfter = 5_000 } = {}) {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  let visits = 0

  sockets.on('connection', (client) => {
    visits++
    client.on('message', (name) => {
      client.send(`Hello from server, ${name}`)
      const timer = setTimeout(() => client.close(1000, 'goodbye'), closeAfter)
      client.on('close', () => clearTimeout(timer))
    })
  })

  const { port, close } = await listen(http)
  return { url: `ws://127.0.0.1:${port}/`, visits: () => visits, close }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startGreeting()
  const socket = createSocket(server.url, { environment: { WebSocket } })
  narrate(socket, print)
  socket.send('Ada') // waits until the socket is open
  socket.connect()
  await socket.once('close')
  print(`the server was visited ${server.visits()} time(s)`)
  await server.close()
}
