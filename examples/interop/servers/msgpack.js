// A server on `ws` that speaks MessagePack. Shows a codec of one's own (`../msgpack.js`) with schemas by zod on both sides:
// binary out, binary in, objects in between; and that a frame which is none harms nothing else.
import { createServer } from 'node:http'
import { createSocket } from '@hawser/core'
import { decode, encode } from '@msgpack/msgpack'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'
import { msgpack } from '../msgpack.js'
import { ToClient, ToServer } from './positions.js'

/** @param {import('ws').RawData} data */
const read = (data) => ToServer.parse(decode(/** @type {Buffer} */ (data)))

export async function startMsgpack() {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  sockets.on('connection', (client, { socket }) => {
    client.on('message', (data) => {
      const message = read(data)
      if (message.type === 'reset') socket.resetAndDestroy()
      else if (message.type === 'report') client.send(encode({ ...message, type: 'position' }))
      else if (message.how === 'cut') client.send(encode('not all of it').subarray(0, 5))
      else if (message.how === 'text') client.send('no MessagePack')
      else client.send(encode({ type: 'position', ship: 'Flying Dutchman', latitude: 91 }))
    })
  })
  const { port, close } = await listen(http)
  return { url: `ws://127.0.0.1:${port}/`, close }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startMsgpack()
  const socket = createSocket(server.url, {
    codec: msgpack({ incoming: ToClient, outgoing: ToServer }),
    environment: { WebSocket },
  })
  narrate(socket, print)
  socket.connect()
  const position = {
    ...{ type: /** @type {const} */ ('report'), ship: 'Hawser', at: new Date() },
    ...{ latitude: 53.54, longitude: 9.98, track: Uint8Array.of(1, 2, 3) },
  }
  socket.send(position)
  await socket.once('message')
  for (const how of /** @type {const} */ (['cut', 'text', 'elsewhere'])) {
    socket.send({ type: 'garble', how })
    await socket.once('error')
  }
  socket.send({ ...position, latitude: 91 }) // is dropped
  socket.send(position)
  await socket.once('message')
  await socket.close()
  await server.close()
}
