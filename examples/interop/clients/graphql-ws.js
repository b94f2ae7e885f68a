// graphql-ws over Hawser: a subscription that comes back after a break, and a death that is noticed in half a minute.
import { heartbeat } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import { createClient } from 'graphql-ws'
import { environment } from './client.js'

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {import('./client.js').Client}
 */
export function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  const client = createClient({
    url,
    webSocketImpl: makeWebSocket({
      reconnect: false,
      // Either end may ping at any time; graphql-ws itself does not look whether it is answered.
      heartbeat: heartbeat({
        ...rhythm,
        ping: '{"type":"ping"}',
        isPong: (message) => message === '{"type":"pong"}',
      }),
      environment,
    }),
    // An `error` before the `close` is no reason to give up: that is what a broken connection looks like.
    shouldRetry: () => true,
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, retryDelay)),
  })

  const sink = { next() {}, error: console.error, complete() {} }
  client.subscribe(
    { query: 'subscription { line }' },
    { ...sink, next: ({ data }) => onMessage(String(data?.line)) },
  )

  return {
    say: (text) =>
      void client.subscribe(
        { query: 'mutation ($text: String!) { say(text: $text) }', variables: { text } },
        sink,
      ),
    dispose: () => client.dispose(),
  }
}
