// The client of the network tests, the same in Node and in a page: a socket with numbered messages, which tells all.

/**
 * @typedef {object} ClientOptions Those of a socket, as far as JSON has them.
 * @property {string} url
 * @property {import('../../dist/index.js').HeartbeatOptions} heartbeat
 * @property {import('../../dist/index.js').BackoffOptions} [backoff]
 * @property {number} [connectTimeout]
 * @property {'slow' | 'suspend'} [whenOffline]
 */

/**
 * @typedef {{ readonly at: number } & (
 *   | { readonly type: 'state', readonly state: import('../../dist/index.js').SocketState }
 *   | { readonly type: 'open' }
 *   | { readonly type: 'close', readonly close: import('../../dist/index.js').CloseInfo }
 *   | { readonly type: 'error', readonly code: string }
 *   | { readonly type: 'drop', readonly code: string }
 *   | { readonly type: 'sent', readonly number: number, readonly status: string }
 *   | { readonly type: 'heard', readonly number: number }
 *   | { readonly type: 'online' }
 *   | { readonly type: 'offline' }
 * )} ClientFact What it tells. `sent` has the status that the receipt had at once.
 */

/** What makes the packets of 200 messages many. */
const padding = 'x'.repeat(300)

/**
 * @param {Pick<typeof import('../../dist/index.js'), 'createSocket' | 'heartbeat' | 'exponentialBackoff'>} hawser
 * @param {ClientOptions & { environment?: object }} options
 * @param {(fact: any) => void} listener
 */
export function startClient(hawser, { url, heartbeat, backoff = {}, ...options }, listener) {
  /** @param {string} type @param {object} [fact] */
  const tell = (type, fact) => listener({ type, at: Date.now(), ...fact })
  const socket = hawser.createSocket(url, {
    ...options,
    heartbeat: hawser.heartbeat(heartbeat),
    retryDelay: hawser.exponentialBackoff(backoff),
  })
  socket.on('state', (state) => tell('state', { state }))
  socket.on('open', () => tell('open'))
  socket.on('close', (close) => tell('close', { close }))
  socket.on('error', ({ code }) => tell('error', { code }))
  socket.on('drop', ({ error }) => tell('drop', { code: error.code }))
  socket.on('message', (message) => tell('heard', { number: Number.parseInt(String(message), 10) }))
  for (const type of ['online', 'offline']) globalThis.addEventListener?.(type, () => tell(type))
  let next = 0
  return {
    connect: () => socket.connect(),
    /** @param {number} count */
    send(count) {
      for (const end = next + count; next < end; next++) {
        tell('sent', { number: next, status: socket.send(`${next}:${padding}`).status })
      }
    },
  }
}
