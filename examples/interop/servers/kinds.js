// An echo on `ws` that tells first what it saw. Shows all that can be sent: text, ArrayBuffer, views and Blob; and what
// comes back: text, and as `binaryType` says an ArrayBuffer or a Blob.
import { createServer } from 'node:http'
import { createSocket } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

/** @typedef {{ kind: 'text' | 'binary', hex: string }} Seen */

export async function startKinds() {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  sockets.on('connection', (client) => {
    client.on('message', (data, isBinary) => {
      const hex = /** @type {Buffer} */ (data).toString('hex')
      client.send(JSON.stringify(/** @satisfies {Seen} */ ({ kind: isBinary ? 'binary' : 'text', hex })))
      client.send(data, { binary: isBinary })
    })
  })
  const { port, close } = await listen(http)
  return { url: `ws://127.0.0.1:${port}/`, close }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startKinds()
  const socket = createSocket(server.url, { binaryType: 'blob', environment: { WebSocket } })
  narrate(socket, print)
  const messages = socket.messages()
  socket.connect()
  const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7)
  for (const message of [
    'text, also ⚓',
    bytes.buffer,
    bytes.subarray(2, 5),
    new DataView(bytes.buffer, 6),
    new Blob(['a Blob']),
  ]) {
    socket.send(message)
    await messages.next() // what the server saw
    await messages.next() // the echo
  }
  await socket.close()
  await server.close()
}
