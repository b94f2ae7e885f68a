// NATS over Hawser: the socket goes in by `wsFactory`.
import { heartbeat } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import { wsconnect } from '@nats-io/nats-core'
import { environment } from './client.js'

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {Promise<import('./client.js').Client>}
 */
export async function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  const WebSocket = makeWebSocket({
    reconnect: false,
    // A frame may hold several answers, so that a PONG of ours cannot be told from one of the library's. It gets them
    // all, and puts up with those that it did not ask for.
    heartbeat: heartbeat({ ...rhythm, ping: new TextEncoder().encode('PING\r\n'), isPong: () => false }),
    environment,
  })
  const connection = await wsconnect({
    servers: url,
    wsFactory: async (url) => ({ socket: new WebSocket(url), encrypted: url.startsWith('wss:') }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: retryDelay,
    reconnectJitter: 0,
  })
  connection.subscribe('harbour', { callback: (_, message) => onMessage(message.string()) })

  return {
    say: (text) => connection.publish('harbour', text),
    dispose: () => connection.close(),
  }
}
