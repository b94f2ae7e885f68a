// y-websocket over Hawser: a shared document that is in step again after a break.
import { heartbeat } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { environment } from './client.js'

/**
 * "This is what I have; what else is there?", which the server answers at once. It is `syncStep1` of y-protocols.
 *
 * @param {Y.Doc} doc
 */
function askForNews(doc) {
  const vector = Y.encodeStateVector(doc)
  const length = []
  let rest = vector.length
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128)
  return Uint8Array.from([0, 0, ...length, rest, ...vector])
}

/**
 * @param {string} url
 * @param {import('./client.js').ClientOptions} options
 * @returns {import('./client.js').Client}
 */
export function open(url, { onMessage, makeWebSocket = hawserWebSocket, retryDelay = 1_000, rhythm }) {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(url, 'harbour', doc, {
    WebSocketPolyfill: makeWebSocket({
      reconnect: false,
      // The protocol has no ping. The answer is for the document.
      heartbeat: heartbeat({
        interval: 10_000,
        timeout: 5_000,
        ...rhythm,
        ping: () => askForNews(doc),
        isPong: () => false,
      }),
      environment,
    }),
    maxBackoffTime: retryDelay,
    disableBc: true,
  })
  /** @type {Y.Array<string>} */
  const lines = doc.getArray('lines')
  lines.observe(({ changes }) => {
    for (const { insert = [] } of changes.delta) for (const line of insert) onMessage(line)
  })

  return {
    say: (text) => doc.getArray('said').push([text]),
    dispose() {
      provider.destroy()
      doc.destroy()
    },
  }
}
