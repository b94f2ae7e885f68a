// socket.io-client over Hawser: the class goes in by a transport.
import { heartbeat } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import { io, WebSocket as WebSocketTransport } from 'socket.io-client'
import { environment } from './client.js'

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {import('./client.js').Client}
 */
export function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  const WebSocket = makeWebSocket({
    reconnect: false,
    // The server pings, every 25 s unless it was told otherwise, and the library answers.
    heartbeat: heartbeat({ timeout: 5_000, ...rhythm, passive: true, isPing: () => false }),
    environment,
  })

  class HawserTransport extends WebSocketTransport {
    /**
     * @override
     * @param {string} url
     * @param {string | string[] | undefined} protocols
     */
    createSocket(url, protocols) {
      // In Node it would ask for 'nodebuffer', which only `ws` knows.
      this.socket.binaryType = 'arraybuffer'
      return new WebSocket(url, protocols)
    }
  }

  const socket = io(url, {
    transports: [HawserTransport],
    reconnectionDelay: retryDelay,
    randomizationFactor: 0,
  })
  socket.on('line', onMessage)

  return {
    say: (text) => void socket.emit('say', text),
    dispose: () => void socket.disconnect(),
  }
}
