// A chat on `ws` with `noServer`: HTTP and WebSocket share a port, and the app's own code decides which upgrades it takes.
// Shows several sockets at one server: what one sends, cut at 50 characters, all of them get.
import { createServer, STATUS_CODES } from 'node:http'
import { createSocket } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

const LONGEST = 50

export async function startChat() {
  const http = createServer((_, response) => response.end('The chat is at /chat.\n'))
  const sockets = new WebSocketServer({ noServer: true })

  http.on('upgrade', (request, connection, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/chat') sockets.handleUpgrade(request, connection, head, join)
    else connection.end(`HTTP/1.1 404 ${STATUS_CODES[404]}\r\nConnection: close\r\n\r\n`)
  })

  /** @param {WebSocket} client */
  function join(client) {
    client.on('message', (data) => {
      // By code points, so that no character is cut in two.
      const text = [...String(data)].slice(0, LONGEST).join('')
      for (const other of sockets.clients) other.send(text)
    })
  }

  const { port, close } = await listen(http)
  return { url: `ws://127.0.0.1:${port}/chat`, http: `http://127.0.0.1:${port}/`, close }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startChat()
  const [ada, grace] = ['Ada', 'Grace'].map((name) => {
    const socket = createSocket(server.url, { environment: { WebSocket } })
    narrate(socket, (line) => print(`${name}: ${line}`))
    socket.connect()
    return socket
  })
  if (!ada || !grace) return
  await Promise.all([ada.opened(), grace.opened()])
  const heard = [ada.once('message'), grace.once('message')]
  ada.send('The quick brown fox jumps over the lazy dog, and then over the lazy cat.')
  await Promise.all(heard)
  await Promise.all([ada.close(), grace.close()])
  await server.close()
}
