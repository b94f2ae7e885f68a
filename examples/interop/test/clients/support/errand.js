// One client in a process of its own, told what to do: that the process ends by itself shows that the client left no
// timer, no handle and no attempt behind.
import { hawserWebSocket } from '@hawser/core/websocket'
import { WebSocket as PartySocket } from 'partysocket'
import ReconnectingWebSocket from 'reconnecting-websocket'
import { WebSocket } from 'ws'

/** @typedef {{ say: string } | 'dispose'} Command */
/** @typedef {{ heard: string } | { lost: string } | 'disposed'} Answer `lost` to whom: the `origin` of the close */

const [library, implementation = 'hawser', url = ''] = process.argv.slice(2)

/** @typedef {NonNullable<import('../../../clients/client.js').ClientOptions['makeWebSocket']>} MakeWebSocket */

/** @param {Answer} answer */
const tell = (answer) => process.connected && process.send?.(answer)

/** @type {import('@hawser/core').SocketOptions['inspect']} */
const inspect = (event) => {
  if (event.type === 'close') tell({ lost: event.close.origin })
}

const classes = {
  /** @type {MakeWebSocket} */
  hawser: (options) => hawserWebSocket({ ...options, inspect, closeTimeout: 500 }),
  /** @type {MakeWebSocket} */
  'hawser, reconnecting': (options) =>
    hawserWebSocket({ ...options, inspect, reconnect: true, retryDelay: () => 50 }),
  ws: () => /** @type {any} */ (WebSocket),
  partysocket: () =>
    /** @type {any} */ (
      class extends PartySocket {
        /** @param {string} url @param {string[]} [protocols] */
        constructor(url, protocols) {
          super(url, protocols, { WebSocket, minReconnectionDelay: 50, maxReconnectionDelay: 50 })
        }
      }
    ),
  'reconnecting-websocket': () =>
    /** @type {any} */ (
      class extends ReconnectingWebSocket {
        /** @param {string} url @param {string[]} [protocols] */
        constructor(url, protocols) {
          super(url, protocols, { WebSocket, minReconnectionDelay: 50, maxReconnectionDelay: 50 })
        }
      }
    ),
}

/** Each loads alone: others may leave handles of their own. */
const libraries = {
  'graphql-ws': () => import('../../../clients/graphql-ws.js'),
  mqtt: () => import('../../../clients/mqtt.js'),
  nats: () => import('../../../clients/nats.js'),
  'socket.io': () => import('../../../clients/socket.io.js'),
  stompjs: () => import('../../../clients/stompjs.js'),
  trpc: () => import('../../../clients/trpc.js'),
  'y-websocket': () => import('../../../clients/y-websocket.js'),
}

const { open } = await libraries[/** @type {keyof typeof libraries} */ (library)]()
const client = await open(url, {
  onMessage: (text) => tell({ heard: text }),
  makeWebSocket: classes[/** @type {keyof typeof classes} */ (implementation)],
  retryDelay: 50,
  // Patience for an answer of a server that is busy with something else.
  rhythm: { interval: 500, timeout: 4_000 },
})

process.on('message', async (/** @type {Command} */ command) => {
  if (command !== 'dispose') return client.say(command.say)
  await client.dispose()
  process.send?.('disposed', () => process.disconnect())
})
