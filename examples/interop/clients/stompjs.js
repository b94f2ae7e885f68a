// @stomp/stompjs over Hawser: subscribed anew on each connection.
import { hawserWebSocket } from '@hawser/core/websocket'
import { Client } from '@stomp/stompjs'
import { environment } from './client.js'

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {import('./client.js').Client}
 */
export function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  // STOMP has heartbeats, and the library looks after them. What it closes then is closed two seconds later, although
  // nobody is there to answer: a plain WebSocket would wait for half a minute or longer.
  const WebSocket = makeWebSocket({ reconnect: false, environment })
  /** @type {string[]} */
  const waiting = []
  /** @param {string} text */
  const publish = (text) => client.publish({ destination: '/topic/harbour', body: text })

  const client = new Client({
    webSocketFactory: () => new WebSocket(url, client.stompVersions.protocolVersions()),
    connectHeaders: { login: 'guest', passcode: 'guest' },
    reconnectDelay: retryDelay,
    heartbeatIncoming: rhythm?.interval ?? 10_000,
    onConnect() {
      client.subscribe('/topic/harbour', ({ body }) => onMessage(body))
      for (const text of waiting.splice(0)) publish(text)
    },
  })
  client.activate()

  return {
    say: (text) => void (client.connected ? publish(text) : waiting.push(text)),
    dispose: () => client.deactivate(),
  }
}
