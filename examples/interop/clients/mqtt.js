// MQTT.js over Hawser: in Node by the way that it takes in browsers.
import { heartbeat } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import mqtt from 'mqtt'
import { environment } from './client.js'

const PINGREQ = Uint8Array.of(0xc0, 0)

/** @param {unknown} message */
const isPingresp = (message) =>
  message instanceof ArrayBuffer && message.byteLength === 2 && new Uint8Array(message)[0] === 0xd0

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {import('./client.js').Client}
 */
export function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  const WebSocket = makeWebSocket({
    reconnect: false,
    // MQTT.js pings as well, and waits for the answers: one that answers none of ours is left to it.
    heartbeat: heartbeat({
      ...rhythm,
      ping: PINGREQ,
      isPong: (message, ping) => ping !== undefined && isPingresp(message),
    }),
    environment,
  })
  const client = mqtt.connect(url, {
    forceNativeWebSocket: true,
    createWebsocket: (url, protocols) => new WebSocket(url, protocols),
    reconnectPeriod: retryDelay,
  })
  client.on('message', (_, payload) => onMessage(String(payload)))
  // What it tells in `error` it tries again.
  client.on('error', () => {})
  client.subscribe('harbour', { qos: 1 })

  return {
    // Retained: MQTT.js may publish what has waited before it has subscribed.
    say: (text) => void client.publish('harbour', text, { qos: 1, retain: true }),
    dispose: () => client.endAsync(),
  }
}
