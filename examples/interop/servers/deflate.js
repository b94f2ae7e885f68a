// An echo on `ws` that compresses (permessage-deflate, RFC 7692). Shows that it needs no word on our side: browsers and `ws`
// offer it, `transport.extensions` says whether it was agreed upon, and messages are what they were.
import { createServer } from 'node:http'
import { createSocket } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { extensionsOf } from '../common/extensions.js'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

/** @typedef {{ payload: number, wireUp: number, wireDown: number }} Weighed Bytes of one message, each way. */

export async function startDeflate() {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: { threshold: 64 } })

  sockets.on('connection', (client, { socket }) => {
    let { bytesRead } = socket
    client.on('message', (data, binary) => {
      const wireUp = socket.bytesRead - bytesRead
      const { bytesWritten } = socket
      client.send(data, { binary }, () => {
        const wireDown = socket.bytesWritten - bytesWritten
        const payload = /** @type {Buffer} */ (data).length
        // What comes until the next message is that message's: clients send one at a time here.
        bytesRead = socket.bytesRead
        client.send(JSON.stringify(/** @satisfies {Weighed} */ ({ payload, wireUp, wireDown })))
      })
    })
  })

  const { port, close } = await listen(http)
  return { url: `ws://127.0.0.1:${port}/`, close }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startDeflate()
  const socket = createSocket(server.url, { environment: { WebSocket } })
  narrate(socket, print)
  const messages = socket.messages()
  socket.connect()
  await socket.opened()
  print(`extensions: ${extensionsOf(socket)}`)
  for (const message of ['ahoy '.repeat(2_000), new Uint8Array(10_000)]) {
    socket.send(message)
    await messages.next() // the echo
    await messages.next() // what it weighed
  }
  await socket.close()
  await server.close()
}
