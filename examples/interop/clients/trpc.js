// tRPC's wsLink over Hawser: a query, and a subscription that goes on after a break.
import { heartbeat } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { environment } from './client.js'

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {import('./client.js').Client}
 */
export function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  const connection = createWSClient({
    url,
    WebSocket: makeWebSocket({
      reconnect: false,
      // tRPC pings with the same word now and then: a PONG that answers none of ours is left to it.
      heartbeat: heartbeat({
        ...rhythm,
        ping: 'PING',
        isPong: (message, ping) => ping !== undefined && message === 'PONG',
      }),
      environment,
    }),
    retryDelayMs: () => retryDelay,
  })
  /** @type {import('@trpc/client').TRPCClient<import('../test/clients/trpc.test.js').Router>} */
  const client = createTRPCClient({ links: [wsLink({ client: connection })] })
  client.line.subscribe(undefined, { onData: onMessage })

  return {
    say: (text) => void client.say.mutate(text),
    dispose: () => connection.close(),
  }
}
