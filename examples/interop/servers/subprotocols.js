// An echo on the npm package `websocket`. Shows how a subprotocol is agreed upon (RFC 6455, section 1.9): the client offers
// two, the server accepts one of them, and the state of the socket says which. Pages of other origins are refused.
import { createServer } from 'node:http'
import { createSocket } from '@hawser/core'
import websocket from 'websocket'
import { WebSocket } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

const SPOKEN = 'echo.v2'

/** @param {string | undefined} origin programs that are no browser tell none */
function originIsAllowed(origin) {
  return !origin || ['127.0.0.1', 'localhost'].includes(new URL(origin).hostname)
}

export async function startSubprotocols() {
  const http = createServer()
  // Takes frames of 64 KiB at most, unless told otherwise by maxReceivedFrameSize.
  const sockets = new websocket.server({ httpServer: http, autoAcceptConnections: false })

  sockets.on('request', (request) => {
    if (!originIsAllowed(request.origin)) return request.reject(403)
    if (!request.requestedProtocols.includes(SPOKEN)) return request.reject(400, `Offer ${SPOKEN}`)
    const connection = request.accept(SPOKEN, request.origin)
    connection.on('message', (message) => {
      if (message.type === 'utf8') connection.sendUTF(message.utf8Data)
      else connection.sendBytes(message.binaryData)
    })
  })

  const { port, close } = await listen(http)
  return { url: `ws://127.0.0.1:${port}/`, close }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startSubprotocols()
  const socket = createSocket(server.url, { protocols: ['echo.v1', SPOKEN], environment: { WebSocket } })
  narrate(socket, print)
  socket.connect()
  for (const message of ['text', Uint8Array.of(1, 2, 3)]) {
    const echo = socket.once('message')
    socket.send(message)
    await echo
  }
  await socket.close()
  await server.close()
}
