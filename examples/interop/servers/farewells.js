// A server on `ws` that goes in every way on request. Shows what `close` tells of each, and what Hawser does then: stop, retry,
// or retry without the message that was too large. Behind a proxy that can go silent, for which it takes a heartbeat.
import { createServer } from 'node:http'
import { acks, createSocket, heartbeat, json, offlineQueue } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'
import { startStallingProxy } from '../common/stalling-proxy.js'

/**
 * What a client asks for. `vanish`: the connection ends without a close frame. `silence`: it stays, but nothing goes through
 * any more. A `note` is acknowledged; one of more than a kilobyte is too large, and `ws` closes with 1009.
 *
 * @typedef {(
 *   | { type: 'leave', code: number, reason?: string }
 *   | { type: 'vanish' | 'silence' | 'ping' }
 *   | { type: 'note', id?: string, text: string }
 * )} Request
 */
/** @typedef {{ type: 'welcome', visit: number } | { type: 'pong' } | { type: 'ack', id: string, text: string }} Answer */

const LARGEST = 1024

/** The address takes `?guest=NAME`: visits are counted for each. */
export async function startFarewells() {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, maxPayload: LARGEST })
  /** @type {Map<string | undefined, number>} */
  const visits = new Map()

  sockets.on('connection', (client, { url, socket }) => {
    const visit = (visits.get(url) ?? 0) + 1
    visits.set(url, visit)
    /** @param {Answer} answer */
    const tell = (answer) => client.send(JSON.stringify(answer))
    // What is too large is an error here; `ws` answers it with 1009 by itself.
    client.on('error', () => {})
    client.on('message', (data) => {
      const request = /** @type {Request} */ (JSON.parse(String(data)))
      if (request.type === 'leave') client.close(request.code, request.reason)
      if (request.type === 'vanish') client.terminate()
      if (request.type === 'silence') proxy.stall(socket.remotePort)
      if (request.type === 'ping') tell({ type: 'pong' })
      if (request.type === 'note') tell({ type: 'ack', id: request.id ?? '', text: request.text })
    })
    tell({ type: 'welcome', visit })
  })

  const server = await listen(http)
  const proxy = await startStallingProxy(server.port)
  return {
    url: `ws://127.0.0.1:${proxy.port}/`,
    async close() {
      await proxy.close()
      await server.close()
    },
  }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startFarewells()
  /** @type {Request[]} */
  const requests = [
    { type: 'leave', code: 1001, reason: 'deploy' },
    { type: 'leave', code: 1011, reason: 'out of order' },
    { type: 'vanish' },
    { type: 'silence' },
    { type: 'note', text: 'x'.repeat(2 * LARGEST) },
    { type: 'leave', code: 1000, reason: 'goodbye' },
  ]
  const socket = createSocket(server.url, {
    codec: json(),
    heartbeat: heartbeat({ interval: 500, timeout: 500 }),
    queue: offlineQueue({ confirm: acks({ id: 'id', isAck: noteId }) }),
    retryDelay: () => 100,
    environment: { WebSocket },
  })
  narrate(socket, print)
  // What is not acknowledged goes past the queue, as the frames of a protocol on top do: else it would be sent again.
  /** @type {(request: Request) => void} */
  let tell = () => {}
  socket.use({
    name: 'farewells',
    handshake({ send }) {
      tell = send
    },
  })
  for (const request of requests) {
    socket.connect()
    await socket.once('message') // the welcome
    print(`→ ${JSON.stringify(request).slice(0, 60)}`)
    const closed = socket.once('close')
    if (request.type === 'note') socket.send(request)
    else tell(request)
    await closed
  }
  await socket.close()
  await server.close()
}

/** For `acks`. @param {any} message */
export const noteId = (message) => (message.type === 'ack' ? message.id : undefined)
