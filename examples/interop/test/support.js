// A socket with what happened to it written down, the same in Node and in a page. Closed after the test.
import { createSocket } from '@hawser/core'
import { afterEach } from 'vitest'

/** @template In, Out @typedef {import('@hawser/core').Socket<In, Out>} Socket */
/** @template In, Out @typedef {import('@hawser/core').Codec<In, Out>} Codec */

/** Node before 22 has no class of its own. @type {Partial<import('@hawser/core').Environment>} */
const environment = typeof window === 'undefined' ? { WebSocket: (await import('ws')).WebSocket } : {}

/** @type {Set<Socket<any, any>>} */
const sockets = new Set()

afterEach(async () => {
  for (const socket of sockets) {
    socket.queue.clear()
    await socket.close()
  }
  sockets.clear()
})

/**
 * Connects. Retries come soon, unless the test says otherwise.
 *
 * @template {Codec<any, any>} [C=typeof import('@hawser/core').raw]
 * @param {string} url
 * @param {import('@hawser/core').SocketOptions<C>} [options]
 */
export function open(url, options) {
  /** @type {Socket<import('@hawser/core').Incoming<C>, import('@hawser/core').Outgoing<C>>} */
  const socket = createSocket(url, {
    retryDelay: () => 20,
    .../** @type {import('@hawser/core').SocketOptions<C>} */ (options),
    environment: { ...environment, ...options?.environment },
  })
  sockets.add(socket)
  /** @type {import('@hawser/core').Incoming<C>[]} */
  const messages = []
  /** @type {import('@hawser/core').CloseInfo[]} */
  const closes = []
  /** @type {import('@hawser/core').SocketError[]} */
  const errors = []
  let opens = 0
  socket.on('open', () => void opens++)
  socket.on('message', (message) => messages.push(message))
  socket.on('close', (close) => closes.push(close))
  socket.on('error', (error) => errors.push(error))
  socket.connect()
  return {
    socket,
    /** All that came in so far. */
    messages,
    closes,
    errors,
    opens: () => opens,

    /** The messages, as soon as there are so many. @param {number} count */
    async heard(count) {
      while (messages.length < count) await socket.once('message')
      return messages
    },

    /** Resolves when the socket is in this state. @param {import('@hawser/core').SocketState['status']} status */
    async reached(status) {
      while (socket.state.get().status !== status) await socket.once('state')
    },
  }
}
