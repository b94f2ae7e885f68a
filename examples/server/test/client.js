// A chat client for tests: a plain ws socket that keeps what it hears until somebody asks for it.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { ServerMessage } from '../messages.js'

/** @typedef {import('../messages.js').ClientMessage} ClientMessage */
/**
 * @template {ServerMessage['type']} T
 * @typedef {Extract<ServerMessage, { type: T }>} Answer
 */

/**
 * @param {string} url
 * @param {import('ws').ClientOptions} [options]
 */
export async function open(url, options) {
  const socket = new WebSocket(url, options)
  /** @type {ServerMessage[]} */
  const heard = []
  /** @type {Set<() => void>} */
  const waiting = new Set()
  socket.on('message', (data) => {
    // The server has to keep to the description as well.
    heard.push(ServerMessage.parse(JSON.parse(String(data))))
    for (const look of waiting) look()
  })
  const closed = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await once(socket, 'open')
  // A reset is what some tests are about.
  socket.on('error', () => {})

  return {
    socket,
    /** Resolves with code and reason. */
    closed: /** @type {Promise<{ code: number, reason: string }>} */ (closed),
    /** What came and was not asked for yet. */
    heard,

    /** @param {ClientMessage} message */
    send(message) {
      socket.send(JSON.stringify(message))
    },

    /**
     * The next message of that type; those before it are passed over.
     *
     * @template {ServerMessage['type']} T
     * @param {T} type
     * @returns {Promise<Answer<T>>}
     */
    next(type) {
      return new Promise((resolve) => {
        const look = () => {
          const index = heard.findIndex((message) => message.type === type)
          if (index < 0) return
          waiting.delete(look)
          resolve(/** @type {Answer<T>} */ (heard.splice(0, index + 1).at(-1)))
        }
        waiting.add(look)
        look()
      })
    },
  }
}

/**
 * The status with which the server answers the handshake instead of taking it.
 *
 * @param {string} url
 * @param {import('ws').ClientOptions} [options]
 * @returns {Promise<number | undefined>}
 */
export function refusal(url, options) {
  const socket = new WebSocket(url, options)
  return new Promise((resolve, reject) => {
    socket.on('error', () => {})
    socket.on('open', () => reject(new Error('The handshake was taken.')))
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode)
      socket.terminate()
    })
  })
}
